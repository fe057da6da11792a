/* looks before it reads: FIONREAD on the input, MSG_PEEK on the socket */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
static void bad(const char *w) { fprintf(stderr, "client: %s: %s\n", w, strerror(errno)); exit(3); }
int main(int argc, char **argv)
{
	struct hostent *h;
	if (argc != 3 || !(h = gethostbyname(argv[1]))) { fprintf(stderr, "usage: client host port\n"); return 3; }
	struct sockaddr_in sa;
	memset(&sa, 0, sizeof sa);
	sa.sin_family = h->h_addrtype;
	sa.sin_port = htons(atoi(argv[2]));
	memcpy(&sa.sin_addr, h->h_addr, sizeof sa.sin_addr);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(s, (void *)&sa, sizeof sa)) bad("connect");
	signal(SIGPIPE, SIG_IGN);
	char *q = NULL; size_t qn = 0, sent = 0, got = 0; int eof = 0, fin = 0;
	for (;;) {
		struct pollfd p[2] = {{s, POLLIN | (qn ? POLLOUT : 0), 0}, {eof ? -1 : 0, POLLIN, 0}};
		if (poll(p, 2, -1) < 0) { if (errno == EINTR) continue; bad("poll"); }
		if (p[1].revents) {
			int n = 0;
			ioctl(0, FIONREAD, &n);
			if (n == 0) { char c; ssize_t k = read(0, &c, 1); if (k == 0) eof = 1; else if (k == 1) { q = realloc(q, qn + 1); q[qn++] = c; } }
			else {
				q = realloc(q, qn + n);
				ssize_t k = read(0, q + qn, n);
				if (k > 0) qn += k; else if (k < 0 && errno != EINTR) bad("read");
			}
		}
		if (qn && (p[0].revents & POLLOUT)) {
			ssize_t k = send(s, q, qn, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (k < 0 && errno != EAGAIN && errno != EINTR) bad("send");
			if (k > 0) { sent += k; qn -= k; memmove(q, q + k, qn); }
		}
		if (eof && !qn && !fin) { shutdown(s, SHUT_WR); fin = 1; }
		if (p[0].revents & (POLLIN | POLLHUP | POLLERR)) {
			char b[1024];
			ssize_t k = recv(s, b, sizeof b, MSG_PEEK | MSG_DONTWAIT);
			if (k < 0) { if (errno == EINTR || errno == EAGAIN) continue; bad("recv"); }
			if (k == 0) { k = recv(s, b, 1, 0); if (k == 0) break; continue; }
			ssize_t r = recv(s, b, k, 0);
			if (r < 0) { if (errno == EINTR || errno == EAGAIN) continue; bad("recv"); }
			got += r;
			if (fwrite(b, 1, r, stdout) != (size_t)r || fflush(stdout)) bad("stdout");
		}
	}
	free(q);
	shutdown(s, SHUT_RDWR);
	close(s);
	if (!fin || got != sent) { fprintf(stderr, "client: incomplete\n"); return 4; }
	return 0;
}
