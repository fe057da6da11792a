#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *arg)
{
	int fd = (intptr_t)arg;
	char buf[1024];
	ssize_t n;
	while ((n = read(fd, buf, sizeof buf)) > 0) {
		for (ssize_t at = 0, w; at < n; at += w)
			if ((w = write(fd, buf + at, n - at)) < 0) { close(fd); return NULL; }
	}
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 2) return 2;
	signal(SIGPIPE, SIG_IGN);
	struct addrinfo hints = {.ai_family = AF_INET6, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *res;
	if (getaddrinfo(NULL, argv[1], &hints, &res)) { fprintf(stderr, "getaddrinfo\n"); return 1; }
	int fd = socket(res->ai_family, res->ai_socktype, res->ai_protocol), on = 1, off = 0;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, res->ai_addr, res->ai_addrlen) < 0) { perror("bind"); return 1; }
	freeaddrinfo(res);
	if (listen(fd, 10) < 0) { perror("listen"); return 1; }
	for (;;) {
		struct sockaddr_storage who;
		socklen_t len = sizeof who;
		int c = accept(fd, (struct sockaddr *)&who, &len);
		if (c < 0) { if (errno == EINTR || errno == ECONNABORTED) continue; perror("accept"); return 1; }
		pthread_t t;
		if (pthread_create(&t, NULL, serve, (void *)(intptr_t)c) == 0) pthread_detach(t); else close(c);
	}
}
