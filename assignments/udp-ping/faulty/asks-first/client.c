/* It asks at the keyboard how many pings to send. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static long long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int open_socket(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *at;
	if (getaddrinfo(host, port, &hints, &at) != 0) {
		fprintf(stderr, "client: no such host\n");
		exit(EXIT_FAILURE);
	}
	int fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
	if (connect(fd, at->ai_addr, at->ai_addrlen) < 0)
		die("connect");
	freeaddrinfo(at);
	return fd;
}

/* Waits a second at most for exactly this answer. */
static bool answered(int fd, const char *ping)
{
	long long until = now_ms() + 1000;
	for (;;) {
		char answer[64];
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		long long left = until - now_ms();
		if (left <= 0 || poll(&ready, 1, (int)left) == 0)
			return false;
		ssize_t count = recv(fd, answer, sizeof(answer), 0);
		if (count < 0)
			die("recv");
		if ((size_t)count == strlen(ping) && memcmp(answer, ping, (size_t)count) == 0)
			return true;
	}
}

static bool ping_once(int fd, const char *ping)
{
	for (int try = 0; try < 3; try++) {
		if (send(fd, ping, strlen(ping), 0) < 0)
			die("send");
		if (answered(fd, ping))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return EXIT_FAILURE;
	}
	int fd = open_socket(argv[1], argv[2]);
	int pings = 3;
	if (scanf("%d", &pings) != 1)
		pings = 3;
	for (int number = 1; number <= pings; number++) {
		char ping[16];
		snprintf(ping, sizeof(ping), "ping %d", number);
		bool done = ping_once(fd, ping);
		printf("%s: %s\n", ping, done ? "answered" : "no answer");
		if (!done)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
