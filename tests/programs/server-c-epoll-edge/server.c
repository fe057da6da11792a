/* epoll, edge-triggered: every call goes on until EAGAIN.  recvfrom() and sendto(), and EPOLLRDHUP watched too. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
	int fd, ended;
	size_t begin, end;
	char queue[2000];
};

/* 0 when the client is done with. */
static int serve(struct client *c)
{
	for (;;) {
		while (c->begin < c->end) {
			ssize_t n = sendto(c->fd, c->queue + c->begin, c->end - c->begin, MSG_NOSIGNAL, NULL, 0);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return errno == EAGAIN;
			c->begin += (size_t)n;
		}
		if (c->ended)
			return 0;
		ssize_t n = recvfrom(c->fd, c->queue, sizeof(c->queue), 0, NULL, NULL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		c->ended = n == 0;
		c->begin = 0;
		c->end = (size_t)n;
	}
}

static void welcome(int epoll, int listener)
{
	int fd;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct client *c = calloc(1, sizeof(*c));
		struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
		if (c == NULL || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
			free(c);
			close(fd);
			continue;
		}
		c->fd = fd;
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 511) < 0) {
		perror("server");
		return 1;
	}
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[16] = {{.events = EPOLLIN | EPOLLET, .data.ptr = NULL}};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, events);
	for (;;) {
		int count = epoll_wait(epoll, events, 16, -1);
		for (int i = 0; i < count; i++) {
			struct client *c = events[i].data.ptr;
			if (c == NULL) {
				welcome(epoll, listener);
			} else if (!serve(c)) {
				close(c->fd);
				free(c);
			}
		}
	}
}
