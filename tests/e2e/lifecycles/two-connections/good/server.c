#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void say(int c, const char *s, size_t n)
{
	while (n) {
		ssize_t w = write(c, s, n);
		if (w < 0)
			return;
		s += w;
		n -= w;
	}
}
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
	struct pollfd p[16] = {{s, POLLIN}};
	int n = 1, control = -1;
	long token = 0;
	char buf[16][256];
	size_t len[16] = {0};
	for (;;) {
		poll(p, n, -1);
		if (p[0].revents) {
			int c = accept(s, 0, 0);
			p[n] = (struct pollfd){c, POLLIN, 0};
			len[n] = 0;
			n++;
			if (control < 0) {
				control = c;
				say(c, "220 hi\n", 7);
			}
		}
		for (int i = 1; i < n; i++)
			if (p[i].revents) {
				int gone = 0;
				ssize_t r = read(p[i].fd, buf[i] + len[i], 255 - len[i]);
				if (r <= 0)
					gone = 1;
				else {
					len[i] += r;
					buf[i][len[i]] = 0;
					char *e = strchr(buf[i], '\n');
					if (e) {
						*e = 0;
						if (p[i].fd == control) {
							if (!strcmp(buf[i], "RETR")) {
								char l[64];
								token = 1 + random() % 100000;
								say(control, l, sprintf(l, "150 %ld\n", token));
							} else
								gone = 1;
						} else {
							if (token && atol(buf[i]) == token) {
								for (int k = 0; k < 1000; k++)
									say(p[i].fd, "0123456789", 10);
								say(control, "226 done\n", 9);
							}
							gone = 1;
						}
						len[i] = 0;
					}
				}
				if (gone) {
					if (p[i].fd == control)
						control = -1;
					close(p[i].fd);
					p[i] = p[--n];
					len[i] = len[n];
					memcpy(buf[i], buf[n], 256);
					i--;
				}
			}
	}
}
