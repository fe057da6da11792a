/* The child prints; the parent has the keyboard, and learns of the child's end by SIGCHLD in pselect(2). */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile sig_atomic_t gone;
static void child(int s) { (void)s; gone = 1; }
int main(int argc, char **argv)
{
	if (argc != 3) return 64;
	sigset_t block, old;
	struct sigaction act = {.sa_handler = child};
	sigaction(SIGCHLD, &act, 0);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&block); sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &old);
	struct addrinfo *ai, h = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	if (getaddrinfo(argv[1], argv[2], &h, &ai)) { fprintf(stderr, "client: cannot resolve %s\n", argv[1]); return 68; }
	int fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
	if (connect(fd, ai->ai_addr, ai->ai_addrlen)) { fprintf(stderr, "client: %m\n"); return 69; }
	int p[2];
	if (pipe(p)) return 71;
	pid_t pid = fork();
	if (pid == 0) {
		char b[4096]; ssize_t n; unsigned long got = 0;
		close(p[0]); close(0);
		while ((n = recv(fd, b, sizeof b, 0)) > 0) {
			for (ssize_t at = 0, k; at < n; at += k) if ((k = write(1, b + at, n - at)) < 0) _exit(3);
			got += n;
		}
		if (n < 0) { fprintf(stderr, "client: recv: %m\n"); _exit(2); }
		if (write(p[1], &got, sizeof got) < 0) _exit(3);
		_exit(0);
	}
	close(p[1]);
	unsigned long sent = 0; int whole = 0, bad = 0;
	while (!gone) {
		fd_set r; FD_ZERO(&r);
		if (!whole && !bad) FD_SET(0, &r);
		if (pselect(1, &r, NULL, NULL, NULL, &old) < 0) { if (errno == EINTR) continue; return 71; }
		char b[4096]; ssize_t n = read(0, b, sizeof b);
		if (n < 0) { perror("stdin"); bad = 1; }
		else if (n == 0) { whole = 1; shutdown(fd, SHUT_WR); }
		for (ssize_t at = 0, k; at < n && !bad; at += k) if ((k = send(fd, b + at, n - at, 0)) < 0) { bad = 1; break; }
		if (n > 0) sent += n;
	}
	int st; waitpid(pid, &st, 0);
	unsigned long got = 0;
	if (read(p[0], &got, sizeof got) != sizeof got) bad = 1;
	if (st || bad || !whole || got != sent) { fprintf(stderr, "client: sent %lu, got %lu back\n", sent, got); return 1; }
	return 0;
}
