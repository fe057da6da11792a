/* echo server with pthreads */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
	int fd;
};

void *handle(void *arg)
{
	struct client *c = arg;
	char buf[2048];
	ssize_t n;
	while ((n = recv(c->fd, buf, sizeof buf, 0)) > 0) {
		ssize_t sent = 0;
		while (sent < n) {
			ssize_t k = send(c->fd, buf + sent, n - sent, MSG_NOSIGNAL);
			if (k < 0)
				break;
			sent += k;
		}
		if (sent < n)
			break;
	}
	free(c);
	return NULL;
}

int main(int argc, char *argv[])
{
	if (argc != 2) {
		fprintf(stderr, "Usage: server <port>\n");
		exit(1);
	}
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (struct sockaddr *)&a, sizeof a) == -1) {
		perror("bind failed");
		exit(1);
	}
	if (listen(s, 20) == -1) {
		perror("listen failed");
		exit(1);
	}
	for (;;) {
		int fd = accept(s, NULL, NULL);
		if (fd == -1) {
			perror("accept");
			continue;
		}
		struct client *c = malloc(sizeof *c);
		c->fd = fd;
		pthread_t t;
		pthread_create(&t, NULL, handle, c);
		pthread_detach(t);
	}
}
