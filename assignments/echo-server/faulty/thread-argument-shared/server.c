/* A thread for each client. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *argument)
{
	int fd = *(int *)argument;
	char buffer[1024];
	ssize_t n;
	pthread_detach(pthread_self());
	while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0) {
		for (ssize_t i = 0; i < n;) {
			ssize_t w = send(fd, buffer + i, n - i, MSG_NOSIGNAL);
			if (w < 0)
				goto out;
			i += w;
		}
	}
out:
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, client;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 20) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		pthread_t thread;
		client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		if (pthread_create(&thread, NULL, serve, &client) != 0)
			close(client);
	}
}
