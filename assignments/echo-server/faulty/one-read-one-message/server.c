/* Line echo: reads a line and sends it back.  One thread for each client. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_all(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, data, length);
		if (n < 0)
			return -1;
		data += n;
		length -= n;
	}
	return 0;
}

static void *talk(void *arg)
{
	int fd = (intptr_t)arg;
	char line[4096];
	ssize_t n;
	while ((n = read(fd, line, sizeof line)) > 0) {
		char *newline = memchr(line, '\n', n);
		size_t length = newline != NULL ? (size_t)(newline - line) + 1 : (size_t)n;
		if (send_all(fd, line, length) < 0)
			break;
	}
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 10) < 0) {
		perror("cannot listen");
		return 1;
	}
	for (;;) {
		int client = accept(fd, NULL, NULL);
		pthread_t thread;
		if (client < 0)
			continue;
		pthread_create(&thread, NULL, talk, (void *)(intptr_t)client);
		pthread_detach(thread);
	}
}
