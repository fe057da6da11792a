/* Echo server, one process for all; read() is told apart from its end, but not from its failure. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *argument)
{
	int client = (int)(intptr_t)argument;
	char buffer[4096];
	ssize_t count;
	while ((count = read(client, buffer, sizeof buffer)) != 0) {
		for (ssize_t done = 0, n; done != count; done += n) {
			n = write(client, buffer + done, count - done);
			if (n < 0) {
				perror("write");
				exit(1);
			}
		}
	}
	close(client);
	return NULL;
}

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
