/* fork server */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		printf("usage: server PORT\n");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	bind(s, (struct sockaddr *)&a, sizeof a);
	listen(s, 10);
	while (1) {
		int c = accept(s, NULL, NULL);
		if (c < 0)
			continue;
		if (fork() == 0) {
			close(s);
			char b[4096];
			ssize_t n;
			while ((n = read(c, b, sizeof b)) > 0) {
				ssize_t done = 0;
				while (done < n) {
					ssize_t w = write(c, b + done, n - done);
					if (w < 0)
						exit(1);
					done += w;
				}
			}
			exit(0);
		}
		close(c);
	}
}
