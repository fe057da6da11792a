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

/* The parent accepts and hands each connection to one of two workers over a Unix socket. */
static void send_fd(int via, int fd)
{
	char x = 'x', ctl[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec v = {&x, 1};
	struct msghdr mh = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = ctl, .msg_controllen = sizeof ctl};
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
	c->cmsg_level = SOL_SOCKET; c->cmsg_type = SCM_RIGHTS; c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	sendmsg(via, &mh, 0);
}
static int recv_fd(int via)
{
	char x, ctl[CMSG_SPACE(sizeof(int))];
	struct iovec v = {&x, 1};
	struct msghdr mh = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = ctl, .msg_controllen = sizeof ctl};
	if (recvmsg(via, &mh, 0) <= 0) _exit(0);
	int fd = -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
	if (c) memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}
static void *serve(void *arg)
{
	int fd = (long)arg;
	char b[4096]; 
	for (;;) {
		struct iovec v = {b, sizeof b};
		struct msghdr mh = {.msg_iov = &v, .msg_iovlen = 1};
		ssize_t n = recvmsg(fd, &mh, 0);
		if (n <= 0 || write_all(fd, b, n)) break;
	}
	close(fd);
	return NULL;
}
int main(int argc, char **argv)
{
	int l = open_listener(argv[argc - 1]), pair[2][2];
	for (int i = 0; i < 2; i++) {
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair[i]);
		if (fork() == 0) {
			close(l);
			for (int j = 0; j <= i; j++) close(pair[j][0]);
			for (;;) { int fd = recv_fd(pair[i][1]); pthread_t t; pthread_create(&t, NULL, serve, (void *)(long)fd); pthread_detach(t); }
		}
		close(pair[i][1]);
	}
	for (int next = 0;; next ^= 1) {
		int c = accept(l, NULL, NULL);
		if (c < 0) continue;
		send_fd(pair[next][0], c);
		close(c);
	}
}
