#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 9000
#define BUFFER_SIZE 1024

static void *handle_client(void *argument)
{
	int socket = (int)(intptr_t)argument;
	char buffer[BUFFER_SIZE];
	ssize_t bytes;
	while ((bytes = recv(socket, buffer, BUFFER_SIZE, 0)) > 0) {
		char *next = buffer;
		while (bytes > 0) {
			ssize_t sent = send(socket, next, bytes, 0);
			if (sent < 0) {
				close(socket);
				return NULL;
			}
			next += sent;
			bytes -= sent;
		}
	}
	close(socket);
	return NULL;
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = INADDR_ANY,
	};
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("Bind failed");
		return 1;
	}
	if (listen(listening, 10) < 0) {
		perror("Listen failed");
		return 1;
	}
	for (;;) {
		int client = accept(listening, NULL, NULL);
		if (client < 0)
			continue;
		pthread_t thread;
		pthread_create(&thread, NULL, handle_client, (void *)(intptr_t)client);
		pthread_detach(thread);
	}
}
