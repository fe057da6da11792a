/* epoll, level-triggered; interest changes with what is queued. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
	int fd, ended;
	size_t begin, end;
	char queue[32768];
};

static int broken(ssize_t result)
{
	return result < 0 && errno != EAGAIN && errno != EINTR;
}

static int serve(int epoll, struct client *c, unsigned ready)
{
	if (c->begin == c->end && (ready & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
		ssize_t n = read(c->fd, c->queue, sizeof(c->queue));
		if (broken(n))
			return 0;
		c->ended = n == 0;
		c->begin = 0;
		c->end = n > 0 ? (size_t)n : 0;
	}
	if (c->begin < c->end) {
		ssize_t n = write(c->fd, c->queue + c->begin, c->end - c->begin);
		if (broken(n))
			return 0;
		c->begin += n > 0 ? (size_t)n : 0;
	}
	if (c->begin == c->end && c->ended)
		return 0;
	struct epoll_event event = {.events = c->begin < c->end ? EPOLLOUT : EPOLLIN, .data.ptr = c};
	epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
	return 1;
}

static void welcome(int epoll, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	if (fd < 0)
		return;
	struct client *c = malloc(sizeof(*c));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
	if (c == NULL || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		free(c);
		close(fd);
		return;
	}
	c->fd = fd;
	c->ended = 0;
	c->begin = c->end = 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, SOMAXCONN) < 0) {
		perror("server");
		return 1;
	}
	int epoll = epoll_create1(0);
	struct epoll_event events[64] = {{.events = EPOLLIN, .data.ptr = NULL}};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, events);
	for (;;) {
		int count = epoll_wait(epoll, events, 64, -1);
		for (int i = 0; i < count; i++) {
			struct client *c = events[i].data.ptr;
			if (c == NULL) {
				welcome(epoll, listener);
			} else if (!serve(epoll, c, events[i].events)) {
				close(c->fd);
				free(c);
			}
		}
	}
}
