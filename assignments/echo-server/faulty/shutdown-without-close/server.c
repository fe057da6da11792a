/* A thread for each client. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *argument)
{
	int client = (int)(intptr_t)argument;
	char buffer[4096];
	ssize_t count;
	while ((count = read(client, buffer, sizeof(buffer))) > 0) {
		for (ssize_t sent = 0, more; sent < count; sent += more) {
			more = write(client, buffer + sent, (size_t)(count - sent));
			if (more < 0) {
				close(client);
				return NULL;
			}
		}
	}
	shutdown(client, SHUT_RDWR); /* the bug: this is not close() */
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, SOMAXCONN) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		int client = accept(listener, NULL, NULL);
		pthread_t thread;
		if (client < 0)
			continue;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) != 0)
			close(client);
		else
			pthread_detach(thread);
	}
}
