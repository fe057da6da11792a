/* Concurrent echo server, no zombies */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(int fd)
{
	char buffer[1024];
	ssize_t n;
	while ((n = read(fd, buffer, sizeof buffer)) > 0) {
		for (ssize_t i = 0; i < n;) {
			ssize_t w = write(fd, buffer + i, n - i);
			if (w < 0)
				exit(1);
			i += w;
		}
	}
	exit(0);
}

static void reap(int number)
{
	wait(NULL);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		exit(1);
	}
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (struct sockaddr *)&a, sizeof a) < 0) {
		perror("bind");
		exit(1);
	}
	if (listen(s, 10) < 0) {
		perror("listen");
		exit(1);
	}
	signal(SIGCHLD, reap);
	for (;;) {
		int fd = accept(s, NULL, NULL);
		if (fd < 0)
			continue;
		if (fork() == 0) {
			close(s);
			child(fd);
		}
		close(fd);
	}
}
