/* A UDP echo server: ./server PORT
 *
 * One socket serves everybody: each datagram goes back, unchanged, to the address that it came from.  The buffer holds the
 * largest datagram there is, so nothing is cut off; an empty datagram is one like any other.  An error of one reply says
 * something about one client, which is no reason to stop. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* 65,535 bytes less the headers of IP and UDP: RFC 791, RFC 768. */
enum { DATAGRAM_MOST = 65507 };

static void die(const char *what)
{
	fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int bound_socket(long port)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		die("socket");
	/* No SO_REUSEADDR: over UDP it would let two servers share the port, and nothing has to time out here. */
	if (bind(descriptor, (struct sockaddr *)&any, sizeof(any)) < 0)
		die("bind");
	return descriptor;
}

static void serve(int descriptor)
{
	static char bytes[DATAGRAM_MOST];
	for (;;) {
		struct sockaddr_storage client;
		socklen_t length = sizeof(client); /* in and out: set again each time */
		ssize_t count = recvfrom(descriptor, bytes, sizeof(bytes), 0, (struct sockaddr *)&client, &length);
		if (count < 0 && (errno == EINTR || errno == ECONNREFUSED))
			continue;
		if (count < 0)
			die("recvfrom");
		ssize_t sent;
		do
			sent = sendto(descriptor, bytes, (size_t)count, 0, (struct sockaddr *)&client, length);
		while (sent < 0 && errno == EINTR);
		if (sent < 0)
			fprintf(stderr, "server: a reply was not sent: %s\n", strerror(errno));
	}
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;
	if (port < 1 || port > 65535 || *end != '\0') {
		fprintf(stderr, "usage: server PORT\n");
		return EXIT_FAILURE;
	}
	serve(bound_socket(port));
}
