/* select(), non-blocking sockets, a queue for each client. */
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

struct client {
	int open, ended;
	size_t length;
	char queue[4096];
};

static struct client clients[FD_SETSIZE];

static void drop(int fd)
{
	close(fd);
	clients[fd].open = 0;
}

static void serve(int fd)
{
	struct client *c = &clients[fd];
	if (c->length == 0 && !c->ended) {
		ssize_t n = recv(fd, c->queue, sizeof(c->queue), 0);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				drop(fd);
			return;
		}
		c->ended = n == 0;
		c->length = (size_t)n;
	}
	if (c->length > 0) {
		ssize_t n = send(fd, c->queue, c->length, MSG_NOSIGNAL);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				drop(fd);
			return;
		}
		c->length -= (size_t)n;
		memmove(c->queue, c->queue + n, c->length);
	}
	if (c->ended && c->length == 0)
		drop(fd);
}

static void welcome(int listener)
{
	int fd = accept(listener, NULL, NULL);
	if (fd < 0)
		return;
	if (fd >= FD_SETSIZE) {
		close(fd);
		return;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	memset(&clients[fd], 0, sizeof(clients[fd]));
	clients[fd].open = 1;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 5) < 0) {
		perror("server");
		return 1;
	}
	fcntl(listener, F_SETFL, O_NONBLOCK);
	for (;;) {
		fd_set in, out;
		int highest = listener;
		FD_ZERO(&in);
		FD_ZERO(&out);
		FD_SET(listener, &in);
		for (int fd = 0; fd < FD_SETSIZE; fd++) {
			if (!clients[fd].open)
				continue;
			FD_SET(fd, clients[fd].length > 0 ? &out : &in);
			highest = fd > highest ? fd : highest;
		}
		if (select(highest + 1, &in, &out, NULL, NULL) < 0)
			continue;
		for (int fd = 0; fd <= highest; fd++) {
			if (fd != listener && (FD_ISSET(fd, &in) || FD_ISSET(fd, &out)))
				serve(fd);
		}
		if (FD_ISSET(listener, &in))
			welcome(listener);
	}
}
