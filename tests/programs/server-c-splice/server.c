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

static void *serve(void *arg)
{
	int fd = (long)arg, p[2];
	if (pipe(p) == 0) {
		ssize_t n;
		while ((n = splice(fd, NULL, p[1], NULL, 65536, SPLICE_F_MOVE)) > 0)
			while (n > 0) {
				ssize_t w = splice(p[0], NULL, fd, NULL, n, SPLICE_F_MOVE);
				if (w <= 0) goto out;
				n -= w;
			}
	out:
		close(p[0]); close(p[1]);
	}
	close(fd);
	return NULL;
}
int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	int l = open_listener(argv[argc - 1]);
	for (;;) {
		int c = accept(l, NULL, NULL);
		if (c < 0) continue;
		pthread_t t;
		pthread_create(&t, NULL, serve, (void *)(long)c);
		pthread_detach(t);
	}
}
