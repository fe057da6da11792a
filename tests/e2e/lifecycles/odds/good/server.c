#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (void *)&a, sizeof a) || listen(s, 8)) {
		perror("bind");
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	struct pollfd p[16] = {{s, POLLIN}};
	int n = 1;
	for (;;) {
		poll(p, n, -1);
		if (p[0].revents)
			p[n++] = (struct pollfd){accept(s, 0, 0), POLLIN, 0};
		for (int i = 1; i < n; i++)
			if (p[i].revents) {
				char b[100];
				ssize_t r = read(p[i].fd, b, 99);
				if (r > 0)
					b[r] = 0;
				if (r > 0 && !strcmp(b, "bad\n")) {
					struct linger l = {1, 0};
					setsockopt(p[i].fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
					r = 0;
				} else if (r > 0 && !strcmp(b, "half\n")) {
					write(p[i].fd, "bye\n", 4);
					shutdown(p[i].fd, SHUT_WR);
					continue;
				} else if (r > 0 && !strcmp(b, "more\n"))
					continue;
				else if (r > 0 && !strcmp(b, "all\n")) {
					for (int k = 1; k < n; k++)
						write(p[k].fd, "hear\n", 5);
					continue;
				} else if (r > 0 && !strcmp(b, "crash\n")) {
					*(volatile int *)0 = 1;
				} else if (r > 0 && !strcmp(b, "exit\n")) {
					printf("bye world\n");
					fprintf(stderr, "world\n");
					return 7;
				}
				if (r <= 0) {
					close(p[i].fd);
					p[i--] = p[--n];
					continue;
				}
				write(p[i].fd, b, r);
			}
	}
}
