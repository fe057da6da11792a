#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <arpa/inet.h>
int main(int c, char **v)
{
	struct addrinfo hint = {.ai_socktype = SOCK_STREAM}, *a;
	if (getaddrinfo(v[1], v[2], &hint, &a))
		return 1;
	int s = socket(a->ai_family, a->ai_socktype, 0);
	if (connect(s, a->ai_addr, a->ai_addrlen)) {
		perror("connect");
		return 1;
	}
	char q[512];
	int n = snprintf(q, sizeof q, "GET %s HTTP/1.0\r\n\r\n", v[3]);
	for (int o = 0; o < n;) {
		int w = write(s, q + o, n - o);
		if (w < 0) {
			perror("write");
			return 1;
		}
		o += w;
	}
	shutdown(s, SHUT_WR);
	char *r = malloc(4 << 20);
	size_t l = 0;
	ssize_t k;
	while ((k = read(s, r + l, (4 << 20) - l - 1)) > 0)
		l += k;
	if (k < 0) {
		perror("read");
		return 1;
	}
	close(s);
	r[l] = 0;
	char *b = strstr(r, "\r\n\r\n");
	if (!b)
		return 1;
	if (strncmp(r + 9, "200", 3)) {
		fprintf(stderr, "%.20s\n", r);
		return 2;
	}
	b += 4;
	fwrite(b, 1, r + l - b, stdout);
	fflush(stdout);
	return 0;
}
