#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) { perror(what); exit(1); }

static int open_listener(const char *port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	if (fd < 0) die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = INADDR_ANY};
	if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0) die("bind");
	if (listen(fd, SOMAXCONN) < 0) die("listen");
	return fd;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = send(fd, p, n, MSG_NOSIGNAL);
		if (w < 0 && errno == EINTR) continue;
		if (w < 0) return -1;
		p += w; n -= w;
	}
	return 0;
}

/* Edge-triggered epoll with EPOLLONESHOT, four threads in epoll_wait. */
struct conn { int fd; size_t from, to; char buf[2048]; };
static int ep, lfd;
static void rearm(struct conn *c, uint32_t what)
{
	struct epoll_event ev = {.events = what | EPOLLET | EPOLLONESHOT, .data.ptr = c};
	epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
}
static void drop(struct conn *c) { close(c->fd); free(c); }
static void handle(struct conn *c)
{
	for (;;) {
		while (c->from < c->to) {
			ssize_t w = send(c->fd, c->buf + c->from, c->to - c->from, MSG_NOSIGNAL);
			if (w < 0 && errno == EAGAIN) { rearm(c, EPOLLOUT); return; }
			if (w < 0) { drop(c); return; }
			c->from += w;
		}
		ssize_t n = recv(c->fd, c->buf, sizeof c->buf, 0);
		if (n < 0 && errno == EAGAIN) { rearm(c, EPOLLIN | EPOLLRDHUP); return; }
		if (n <= 0) { drop(c); return; }
		c->from = 0; c->to = n;
	}
}
static void accept_all(void)
{
	for (;;) {
		int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
		if (fd < 0) { if (errno == EAGAIN) return; if (errno == ECONNABORTED || errno == EINTR) continue; return; }
		struct conn *c = calloc(1, sizeof *c);
		c->fd = fd;
		struct epoll_event ev = {.events = EPOLLIN | EPOLLET | EPOLLONESHOT | EPOLLRDHUP, .data.ptr = c};
		epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	}
}
static void *work(void *arg)
{
	(void)arg;
	for (;;) {
		struct epoll_event ev;
		if (epoll_wait(ep, &ev, 1, -1) != 1) continue;
		if (ev.data.ptr == NULL) accept_all(); else handle(ev.data.ptr);
	}
}
int main(int argc, char **argv)
{
	lfd = open_listener(argv[argc - 1]);
	fcntl(lfd, F_SETFL, O_NONBLOCK);
	ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
	epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &ev);
	pthread_t t;
	for (int i = 0; i < 3; i++) pthread_create(&t, NULL, work, NULL);
	work(NULL);
}
