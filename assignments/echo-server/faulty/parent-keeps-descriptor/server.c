/* Echo server; a child for each client. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s PORT\n", argv[0]);
		return EXIT_FAILURE;
	}
	signal(SIGCHLD, SIG_IGN); /* no zombies */
	int welcome = socket(AF_INET, SOCK_STREAM, 0);
	int enable = 1;
	setsockopt(welcome, SOL_SOCKET, SO_REUSEADDR, &enable, sizeof(enable));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(welcome, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return EXIT_FAILURE;
	}
	if (listen(welcome, 10) < 0) {
		perror("listen");
		return EXIT_FAILURE;
	}
	while (1) {
		int connection = accept(welcome, NULL, NULL);
		if (connection < 0) {
			if (errno != EINTR)
				perror("accept");
			continue;
		}
		if (fork() == 0) {
			close(welcome);
			char buffer[1000];
			ssize_t received;
			while ((received = recv(connection, buffer, sizeof(buffer), 0)) > 0) {
				ssize_t sent = 0;
				while (sent < received) {
					ssize_t part = send(connection, buffer + sent, received - sent, 0);
					if (part < 0)
						exit(EXIT_FAILURE);
					sent += part;
				}
			}
			close(connection);
			exit(EXIT_SUCCESS);
		}
	}
}
