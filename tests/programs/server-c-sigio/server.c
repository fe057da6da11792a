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

/* Signal-driven I/O: real-time signals say which descriptor is ready. */
struct conn { size_t from, to; int open; char buf[4096]; } conns[1024];
static void arm(int fd, int sig)
{
	fcntl(fd, F_SETSIG, sig); fcntl(fd, F_SETOWN, getpid());
	fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
}
static void pump(int fd)
{
	struct conn *c = &conns[fd];
	if (!c->open) return;
	for (;;) {
		while (c->from < c->to) {
			ssize_t w = send(fd, c->buf + c->from, c->to - c->from, MSG_NOSIGNAL);
			if (w < 0 && errno == EAGAIN) return;
			if (w < 0) goto drop;
			c->from += w;
		}
		ssize_t n = recv(fd, c->buf, sizeof c->buf, 0);
		if (n < 0 && errno == EAGAIN) return;
		if (n <= 0) goto drop;
		c->from = 0; c->to = n;
	}
drop:
	c->open = 0;
	close(fd);
}
int main(int argc, char **argv)
{
	int l = open_listener(argv[argc - 1]);
	sigset_t set;
	sigemptyset(&set); sigaddset(&set, SIGRTMIN); sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	arm(l, SIGRTMIN);
	for (;;) {
		for (int c; (c = accept(l, NULL, NULL)) >= 0;) {
			if (c >= 1024) { close(c); continue; }
			conns[c] = (struct conn){.open = 1};
			arm(c, SIGRTMIN);
			pump(c);
		}
		siginfo_t si;
		if (sigwaitinfo(&set, &si) < 0) continue;
		if (si.si_signo == SIGIO) { for (int fd = 0; fd < 1024; fd++) pump(fd); }
		else if (si.si_fd != l) pump(si.si_fd);
	}
}
