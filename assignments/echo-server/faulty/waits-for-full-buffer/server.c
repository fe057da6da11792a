/* Echo server with threads. */
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
	char buffer[1024];
	ssize_t count;
	/* MSG_WAITALL, so that recv() cannot return half a message */
	while ((count = recv(client, buffer, sizeof(buffer), MSG_WAITALL)) > 0) {
		for (ssize_t done = 0; done < count;) {
			ssize_t n = send(client, buffer + done, count - done, MSG_NOSIGNAL);
			if (n < 0) {
				close(client);
				return NULL;
			}
			done += n;
		}
	}
	close(client);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 10) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		pthread_t thread;
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		pthread_create(&thread, NULL, serve, (void *)(intptr_t)client);
		pthread_detach(thread);
	}
}
