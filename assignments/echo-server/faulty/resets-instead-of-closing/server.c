/* Echo server, threads.  Closes at once so that no TIME_WAIT stays behind. */
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
	struct linger linger = {1, 0};
	setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	char buffer[4096];
	ssize_t count;
	while ((count = read(client, buffer, sizeof(buffer))) > 0) {
		char *next = buffer;
		while (count > 0) {
			ssize_t n = write(client, next, count);
			if (n < 0)
				goto end;
			next += n;
			count -= n;
		}
	}
end:
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
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 20) < 0) {
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
