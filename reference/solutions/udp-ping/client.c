/* Ping over UDP: ./client HOST PORT
 *
 * Three pings, one after the other.  UDP promises nothing: a ping or its answer may be lost, come late or come twice, and
 * anybody may send anything.  So each ping waits for exactly its own answer until a second is over, is sent again up to
 * three times, and whatever else comes meanwhile is passed over.
 *
 * The socket is connected.  That sends nothing; but the kernel then takes datagrams of this server only, and tells when
 * nobody has the port (ICMP "port unreachable" becomes ECONNREFUSED: udp(7)). */
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

enum { PINGS = 3, TRIES = 3, PATIENCE_MS = 1000 };

static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int connect_to(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *addresses;
	int error = getaddrinfo(host, port, &hints, &addresses);
	if (error != 0) {
		fprintf(stderr, "client: %s port %s: %s\n", host, port, gai_strerror(error));
		exit(EXIT_FAILURE);
	}
	int connected = -1;
	for (struct addrinfo *at = addresses; at != NULL && connected < 0; at = at->ai_next) {
		int descriptor = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
		if (descriptor < 0)
			continue;
		if (connect(descriptor, at->ai_addr, at->ai_addrlen) == 0)
			connected = descriptor;
		else
			close(descriptor);
	}
	freeaddrinfo(addresses);
	if (connected < 0)
		die("connect");
	return connected;
}

static long long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits for this answer, however many others come, until the patience is over. */
static bool answered(int descriptor, const char *ping)
{
	long long until = now_ms() + PATIENCE_MS;
	size_t length = strlen(ping);
	for (;;) {
		char answer[64]; /* what is cut off is no answer anyway: one byte more than the longest ping would do */
		struct pollfd ready = {.fd = descriptor, .events = POLLIN};
		long long left = until - now_ms();
		int found = poll(&ready, 1, left > 0 ? (int)left : 0);
		if (found < 0 && errno != EINTR)
			die("poll");
		if (found == 0)
			return false;
		if (found < 0)
			continue;
		ssize_t count = recv(descriptor, answer, sizeof(answer), MSG_DONTWAIT);
		if (count < 0 && errno != EAGAIN && errno != EINTR)
			die("recv");
		if (count >= 0 && (size_t)count == length && memcmp(answer, ping, length) == 0)
			return true;
	}
}

static bool ping_once(int descriptor, int number)
{
	char ping[16];
	snprintf(ping, sizeof(ping), "ping %d", number);
	for (int try = 0; try < TRIES; try++) {
		ssize_t sent;
		do
			sent = send(descriptor, ping, strlen(ping), 0);
		while (sent < 0 && errno == EINTR);
		/* ENOBUFS: a queue on the way out was full, and the datagram is lost like any other. */
		if (sent < 0 && errno != ENOBUFS)
			die("send");
		if (answered(descriptor, ping))
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
	int descriptor = connect_to(argv[1], argv[2]);
	for (int number = 1; number <= PINGS; number++) {
		bool done = ping_once(descriptor, number);
		printf("ping %d: %s\n", number, done ? "answered" : "no answer");
		if (!done)
			return EXIT_FAILURE;
	}
	close(descriptor);
	return EXIT_SUCCESS;
}
