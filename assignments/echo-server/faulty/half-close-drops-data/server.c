/* Echo server with epoll, edge-triggered: takes all there is, then sends it back. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
	int fd;
	size_t length;
	char queue[65536];
};

/* False when the client has gone. */
static int serve(struct client *c)
{
	for (;;) {
		while (c->length < sizeof c->queue) {
			ssize_t n = read(c->fd, c->queue + c->length, sizeof c->queue - c->length);
			if (n == 0)
				return 0;
			if (n < 0 && errno == EAGAIN)
				break;
			if (n < 0)
				return 0;
			c->length += n;
		}
		if (c->length == 0)
			return 1;
		ssize_t n = write(c->fd, c->queue, c->length);
		if (n < 0)
			return errno == EAGAIN;
		memmove(c->queue, c->queue + n, c->length - n);
		c->length -= n;
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 100) < 0) {
		perror("server");
		return 1;
	}
	int epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		if (epoll_wait(epoll, &event, 1, -1) != 1)
			continue;
		struct client *c = event.data.ptr;
		if (c == NULL) {
			int fd = accept(listener, NULL, NULL);
			if (fd < 0)
				continue;
			fcntl(fd, F_SETFL, O_NONBLOCK);
			c = malloc(sizeof *c);
			c->fd = fd;
			c->length = 0;
			event = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
			epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
		} else if (!serve(c)) {
			close(c->fd);
			free(c);
		}
	}
}
