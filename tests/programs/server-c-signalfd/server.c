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

#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <stdint.h>
/* fork per client; SIGCHLD through a signalfd, a timerfd ticks every second, both in one poll loop. */
int main(int argc, char **argv)
{
	int l = open_listener(argv[argc - 1]);
	sigset_t set, old;
	sigemptyset(&set); sigaddset(&set, SIGCHLD); sigaddset(&set, SIGTERM); sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &old);
	int sfd = signalfd(-1, &set, SFD_CLOEXEC), tfd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct itimerspec every = {{1, 0}, {1, 0}};
	timerfd_settime(tfd, 0, &every, NULL);
	fcntl(l, F_SETFL, O_NONBLOCK);
	for (;;) {
		struct pollfd p[3] = {{l, POLLIN, 0}, {sfd, POLLIN, 0}, {tfd, POLLIN, 0}};
		if (poll(p, 3, -1) < 0) { if (errno == EINTR) continue; die("poll"); }
		if (p[1].revents) {
			struct signalfd_siginfo si;
			if (read(sfd, &si, sizeof si) == sizeof si) {
				if (si.ssi_signo != SIGCHLD) return 0;
				while (waitpid(-1, NULL, WNOHANG) > 0);
			}
		}
		if (p[2].revents) { uint64_t ticks; if (read(tfd, &ticks, sizeof ticks) < 0) perror("timer"); }
		if (p[0].revents) {
			int c = accept(l, NULL, NULL);
			if (c < 0) continue;
			pid_t pid = fork();
			if (pid == 0) {
				close(l); close(sfd); close(tfd);
				sigprocmask(SIG_SETMASK, &old, NULL);
				char b[4096]; ssize_t n;
				while ((n = recv(c, b, sizeof b, 0)) > 0) if (write_all(c, b, n)) break;
				shutdown(c, SHUT_RDWR);
				_exit(0);
			}
			close(c);
		}
	}
}
