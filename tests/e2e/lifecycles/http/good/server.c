#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>
static int say(int c, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(c, p, n);
		if (w < 0)
			return -1;
		p += w;
		n -= w;
	}
	return 0;
}
static void big(int c)
{
	char l[64];
	for (int i = 1; i <= 20000; i++) {
		int n = sprintf(l, "line %d\n", i);
		if (say(c, l, n))
			return;
	}
}
static void serve(int c, const char *root)
{
	char req[8192];
	size_t n = 0;
	for (;;) {
		ssize_t r = read(c, req + n, sizeof req - 1 - n);
		if (r <= 0)
			return;
		n += r;
		req[n] = 0;
		if (strstr(req, "\r\n\r\n") || n == sizeof req - 1)
			break;
	}
	char path[256] = "", full[600];
	sscanf(req, "GET %255s", path);
	if (!strcmp(path, "/big.txt")) {
		const char *h = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n";
		if (!say(c, h, strlen(h)))
			big(c);
		return;
	}
	snprintf(full, sizeof full, "%s%s", root, path);
	int f = open(full, O_RDONLY);
	if (f < 0) {
		const char *h = "HTTP/1.0 404 Not Found\r\n\r\nnot here\n";
		say(c, h, strlen(h));
		return;
	}
	const char *h = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n";
	if (!say(c, h, strlen(h))) {
		char b[4096];
		ssize_t r;
		while ((r = read(f, b, sizeof b)) > 0)
			if (say(c, b, r))
				break;
	}
	close(f);
}
int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	if (bind(s, (void *)&a, sizeof a) || listen(s, 8)) {
		perror("bind");
		return 1;
	}
	for (;;) {
		int c = accept(s, 0, 0);
		if (c < 0)
			continue;
		serve(c, argv[2]);
#ifdef LINGER
		struct linger l = {1, 0};
		setsockopt(c, SOL_SOCKET, SO_LINGER, &l, sizeof l);
#endif
		close(c);
	}
}
