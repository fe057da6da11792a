/* fork echo server */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(int number)
{
	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void echo(int fd)
{
	char line[4096];
	ssize_t n;
	while ((n = read(fd, line, sizeof line)) > 0) {
		ssize_t off = 0;
		while (off < n) {
			ssize_t w = write(fd, line + off, n - off);
			if (w <= 0)
				return;
			off += w;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server port\n");
		exit(1);
	}
	struct sigaction action = {.sa_handler = reap, .sa_flags = SA_RESTART};
	sigaction(SIGCHLD, &action, NULL);

	int sock = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	me.sin_port = htons((unsigned short)atoi(argv[1]));
	if (bind(sock, (struct sockaddr *)&me, sizeof me) < 0) {
		perror("bind");
		exit(1);
	}
	if (listen(sock, 16) < 0) {
		perror("listen");
		exit(1);
	}
	while (1) {
		int fd = accept(sock, NULL, NULL);
		if (fd < 0)
			continue;
		pid_t pid = fork();
		if (pid == 0) {
			close(sock);
			echo(fd);
			close(fd);
			_exit(0);
		}
		close(fd);
	}
}
