/* Echo server, one thread for each client; built with AddressSanitizer. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(const char *port)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 10) < 0) {
		perror("server");
		exit(1);
	}
	return listener;
}

static void *serve(void *argument)
{
	int client = (int)(intptr_t)argument;
	char *buffer = malloc(64);
	ssize_t count;
	while ((count = read(client, buffer, 64)) > 0) {
		buffer[count] = '\0'; /* one byte too far when all 64 came */
		if (write(client, buffer, count) < 0)
			break;
	}
	free(buffer);
	close(client);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = listen_on(argv[1]);
	for (;;) {
		int client = accept(listener, NULL, NULL);
		pthread_t thread;
		if (client < 0)
			continue;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) == 0)
			pthread_detach(thread);
		else
			close(client);
	}
}
