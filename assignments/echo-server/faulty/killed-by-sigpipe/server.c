#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void *serve(void *p)
{
	int client = *(int *)p;
	free(p);
	char buffer[4096];
	ssize_t count;
	while ((count = read(client, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < count;) {
			ssize_t written = write(client, buffer + at, count - at);
			if (written < 0) {
				close(client);
				return NULL;
			}
			at += written;
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
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET};
	address.sin_port = htons(atoi(argv[1]));
	address.sin_addr.s_addr = htonl(INADDR_ANY);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 64) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		int *copy = malloc(sizeof(*copy));
		*copy = client;
		pthread_t thread;
		pthread_create(&thread, NULL, serve, copy);
		pthread_detach(thread);
	}
}
