#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void say(int c, const char *s)
{
	write(c, s, strlen(s));
}
int main(int argc, char **argv)
{
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (void *)&a, sizeof a) || listen(s, 8)) {
		perror("bind");
		return 1;
	}
	for (;;) {
		int c = accept(s, 0, 0);
		char b[1000];
		ssize_t n;
		int data = 0;
		say(c, "220 hi\r\n");
		while ((n = read(c, b, sizeof b - 1)) > 0) { /* a read is a line: wrong */
			b[n] = 0;
			if (data) {
				if (!strcmp(b, ".\r\n")) {
					data = 0;
					say(c, "250 as 1\r\n");
				}
				continue;
			}
			if (!strncmp(b, "HELO", 4) || !strncmp(b, "MAIL", 4) || !strncmp(b, "RCPT", 4) || !strncmp(b, "NOOP", 4))
				say(c, "250 ok\r\n");
			else if (!strncmp(b, "DATA", 4)) {
				data = 1;
				say(c, "354 go\r\n");
			} else if (!strncmp(b, "VRFY", 4))
				say(c, "252 1\r\n");
			else if (!strncmp(b, "QUIT", 4)) {
				say(c, "221 bye\r\n");
				break;
			} else
				say(c, "500 what\r\n");
		}
		close(c);
	}
}
