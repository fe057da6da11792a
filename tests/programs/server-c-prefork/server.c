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

/* Four workers share the listening socket, each runs a level-triggered epoll loop. */
struct conn { int fd; size_t from, to; int eof; char buf[4096]; };
static void worker(int lfd)
{
	int ep = epoll_create1(0);
	struct epoll_event ev = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL};
	epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &ev);
	for (;;) {
		struct epoll_event evs[16];
		int n = epoll_wait(ep, evs, 16, -1);
		for (int i = 0; i < n; i++) {
			struct conn *c = evs[i].data.ptr;
			if (c == NULL) {
				int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
				if (fd < 0) continue;
				c = calloc(1, sizeof *c);
				c->fd = fd;
				ev.events = EPOLLIN; ev.data.ptr = c;
				epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
				continue;
			}
			ssize_t k;
			if (c->from == c->to && !c->eof) {
				k = recv(c->fd, c->buf, sizeof c->buf, 0);
				if (k < 0 && errno == EAGAIN) continue;
				if (k < 0) goto drop;
				if (k == 0) c->eof = 1;
				c->from = 0; c->to = k > 0 ? k : 0;
			}
			if (c->from < c->to) {
				k = send(c->fd, c->buf + c->from, c->to - c->from, MSG_NOSIGNAL);
				if (k < 0 && errno != EAGAIN) goto drop;
				if (k > 0) c->from += k;
			}
			if (c->eof && c->from == c->to) goto drop;
			ev.events = c->from < c->to ? EPOLLOUT : EPOLLIN; ev.data.ptr = c;
			epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
			continue;
		drop:
			close(c->fd);
			free(c);
		}
	}
}
int main(int argc, char **argv)
{
	int lfd = open_listener(argv[argc - 1]);
	fcntl(lfd, F_SETFL, O_NONBLOCK);
	pid_t kids[4];
	for (int i = 0; i < 4; i++) {
		pid_t parent = getpid();
		if ((kids[i] = fork()) == 0) {
			extern int prctl(int, ...);
			prctl(1 /* PR_SET_PDEATHSIG */, SIGKILL);
			if (getppid() != parent) _exit(1);
			worker(lfd);
		}
	}
	for (;;) pause();
}
