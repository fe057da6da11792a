/* Ping over UDP: ./client HOST PORT
 *
 * This file builds and checks its arguments; the rest is yours.  The handout says what the client has to do. */
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Prints what failed and why, and ends the program with a status that says so. */
static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* A UDP socket that is connected to that port of that host: it sends nothing, but it hears when nobody is there. */
static int connect_to(const char *host, const char *port)
{
	/* TODO: getaddrinfo() with SOCK_DGRAM, socket(), connect(). */
	(void)host;
	(void)port;
	errno = ENOSYS;
	die("connect_to is not written yet");
	return -1;
}

/* True when exactly this answer has come within a second. */
static bool answered(int socket, const char *ping)
{
	/* TODO: wait for a datagram, but not for ever (poll, or SO_RCVTIMEO).  Is it the answer?  If not, go on waiting, for
	 * what is left of the second.  What does it mean when recv() fails with ECONNREFUSED? */
	(void)socket;
	(void)ping;
	return false;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return EXIT_FAILURE;
	}
	int socket = connect_to(argv[1], argv[2]);
	/* TODO: three pings, each up to three times; print a line for each, and end with the right status. */
	answered(socket, "ping 1");
	close(socket);
	return EXIT_SUCCESS;
}
