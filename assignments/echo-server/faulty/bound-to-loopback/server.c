/* echo server, one thread per connection */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *connection(void *number)
{
	int fd = (int)(intptr_t)number;
	char data[512];
	for (;;) {
		ssize_t got = recv(fd, data, sizeof data, 0);
		if (got <= 0)
			break;
		ssize_t given = 0;
		while (given < got) {
			ssize_t n = send(fd, data + given, got - given, 0);
			if (n < 0)
				break;
			given += n;
		}
		if (given < got)
			break;
	}
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	address.sin_addr.s_addr = inet_addr("127.0.0.1");
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(fd, 128) < 0) {
		perror("listen");
		return 1;
	}
	for (;;) {
		int client = accept(fd, NULL, NULL);
		if (client < 0)
			continue;
		pthread_t thread;
		pthread_create(&thread, NULL, connection, (void *)(intptr_t)client);
		pthread_detach(thread);
	}
}
