/* Echo server with threads; shows on its own screen what the clients say. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void show(int client, const char *bytes, size_t length)
{
	char line[1025];
	memcpy(line, bytes, length);
	line[length] = '\0';
	*strchr(line, '\n') = '\0';
	fprintf(stderr, "client %d: %s\n", client, line);
}

static void *serve(void *argument)
{
	int client = (int)(intptr_t)argument;
	char buffer[1024];
	ssize_t count;
	while ((count = read(client, buffer, sizeof(buffer))) > 0) {
		show(client, buffer, count);
		for (ssize_t done = 0; done < count;) {
			ssize_t n = write(client, buffer + done, count - done);
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
	signal(SIGPIPE, SIG_IGN);
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
