/* Echo server with fork.  The handler waits for children that have ended. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void sigchld(int number)
{
	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static void echo(int fd)
{
	char buf[1024];
	ssize_t n, k, sent;
	while ((n = read(fd, buf, sizeof buf)) > 0) {
		for (sent = 0; sent < n; sent += k) {
			k = write(fd, buf + sent, n - sent);
			if (k < 0)
				return;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	struct sigaction action = {.sa_handler = sigchld};
	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, NULL);
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (struct sockaddr *)&a, sizeof a) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(s, 10) < 0) {
		perror("listen");
		return 1;
	}
	while (1) {
		int fd = accept(s, NULL, NULL);
		if (fd < 0) {
			perror("accept");
			exit(1);
		}
		if (fork() == 0) {
			close(s);
			echo(fd);
			exit(0);
		}
		close(fd);
	}
}
