/* Echo server with select().  Three clients are enough for testing. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 3

struct client {
	int fd; /* -1: free */
	int ended;
	size_t length;
	char data[4096];
};

static int serve(struct client *c, int readable)
{
	if (readable && c->length == 0) {
		ssize_t n = read(c->fd, c->data, sizeof c->data);
		if (n < 0)
			return errno == EAGAIN;
		c->ended = n == 0;
		c->length = n;
	}
	if (c->length > 0) {
		ssize_t n = write(c->fd, c->data, c->length);
		if (n < 0)
			return errno == EAGAIN;
		c->length -= n;
		memmove(c->data, c->data + n, c->length);
	}
	return !c->ended;
}

static void add(struct client *clients, int fd)
{
	for (int i = 0; i < MAX_CLIENTS; i++) {
		if (clients[i].fd < 0) {
			fcntl(fd, F_SETFL, O_NONBLOCK);
			clients[i] = (struct client){.fd = fd};
			return;
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	struct client clients[MAX_CLIENTS] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 10) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		fd_set in, out;
		FD_ZERO(&in);
		FD_ZERO(&out);
		FD_SET(listener, &in);
		for (int i = 0; i < MAX_CLIENTS; i++) {
			if (clients[i].fd >= 0)
				FD_SET(clients[i].fd, clients[i].length > 0 ? &out : &in);
		}
		if (select(FD_SETSIZE, &in, &out, NULL, NULL) < 0)
			continue;
		for (int i = 0; i < MAX_CLIENTS; i++) {
			struct client *c = &clients[i];
			if (c->fd < 0 || (!FD_ISSET(c->fd, &in) && !FD_ISSET(c->fd, &out)))
				continue;
			if (!serve(c, FD_ISSET(c->fd, &in))) {
				close(c->fd);
				c->fd = -1;
			}
		}
		if (FD_ISSET(listener, &in)) {
			int fd = accept(listener, NULL, NULL);
			if (fd >= 0)
				add(clients, fd);
		}
	}
}
