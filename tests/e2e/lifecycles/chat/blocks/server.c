#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (void *)&a, sizeof a) || listen(s, 64)) {
		perror("bind");
		return 1;
	}
	struct pollfd p[100] = {{s, POLLIN}};
	int n = 1;
	char b[4096];
	for (;;) {
		poll(p, n, -1);
		if (p[0].revents)
			p[n++] = (struct pollfd){accept(s, 0, 0), POLLIN, 0};
		for (int i = 1; i < n; i++)
			if (p[i].revents) {
				ssize_t r = read(p[i].fd, b, sizeof b);
				if (r <= 0) {
					close(p[i].fd);
					p[i--] = p[--n];
					continue;
				}
				for (int k = 1; k < n; k++)
					if (k != i)
						write(p[k].fd, b, r); /* blocks on the slowest */
			}
	}
}
