/* Echo server without threads: nothing here ever blocks. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 100

struct client {
	int fd; /* 0: free */
	int ended;
	size_t length;
	char data[4096];
} clients[CLIENTS];

static void step(struct client *c)
{
	if (c->length == 0 && !c->ended) {
		ssize_t n = read(c->fd, c->data, sizeof c->data);
		if (n == 0)
			c->ended = 1;
		else if (n > 0)
			c->length = n;
		else if (errno != EAGAIN)
			goto gone;
	}
	if (c->length > 0) {
		ssize_t n = write(c->fd, c->data, c->length);
		if (n < 0 && errno != EAGAIN)
			goto gone;
		if (n > 0) {
			memmove(c->data, c->data + n, c->length - n);
			c->length -= n;
		}
	}
	if (c->length > 0 || !c->ended)
		return;
gone:
	close(c->fd);
	memset(c, 0, sizeof *c);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 50) < 0) {
		perror("server");
		return 1;
	}
	fcntl(s, F_SETFL, O_NONBLOCK);
	while (1) {
		int fd = accept(s, NULL, NULL);
		for (int i = 0; i < CLIENTS; i++) {
			if (clients[i].fd == 0 && fd >= 0) {
				fcntl(fd, F_SETFL, O_NONBLOCK);
				clients[i].fd = fd;
				fd = -1;
			}
			if (clients[i].fd != 0)
				step(&clients[i]);
		}
		if (fd >= 0)
			close(fd);
	}
}
