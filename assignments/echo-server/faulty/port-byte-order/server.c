/* Echo server with fork() */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void serve(int client)
{
	char message[2000];
	ssize_t length;
	while ((length = read(client, message, sizeof(message))) > 0) {
		ssize_t sent = 0;
		while (sent < length) {
			ssize_t n = write(client, message + sent, length - sent);
			if (n < 0)
				exit(1);
			sent += n;
		}
	}
}

int main(int argc, char *argv[])
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int option = 1;
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &option, sizeof(option));
	struct sockaddr_in address;
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = INADDR_ANY;
	address.sin_port = atoi(argv[1]);
	if (bind(server, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(server, 5) < 0) {
		perror("listen");
		return 1;
	}
	printf("waiting for clients on port %s\n", argv[1]);
	fflush(stdout);
	while (1) {
		int client = accept(server, NULL, NULL);
		if (client < 0)
			continue;
		if (fork() == 0) {
			close(server);
			serve(client);
			close(client);
			exit(0);
		}
		close(client);
	}
}
