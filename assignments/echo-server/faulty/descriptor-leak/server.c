/* Echo server with threads, and a log. */
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
	FILE *log = fopen("server.log", "a");
	char buffer[4096];
	ssize_t count;
	if (log != NULL)
		fprintf(log, "a client\n");
	while ((count = read(client, buffer, sizeof(buffer))) > 0) {
		ssize_t done = 0;
		while (done < count) {
			ssize_t n = write(client, buffer + done, count - done);
			if (n < 0)
				break;
			done += n;
		}
		if (done < count)
			break;
		if (log != NULL)
			fprintf(log, "%zd bytes\n", count);
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
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(listener, 10) < 0) {
		perror("listen");
		return 1;
	}
	for (;;) {
		pthread_t thread;
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) == 0)
			pthread_detach(thread);
	}
}
