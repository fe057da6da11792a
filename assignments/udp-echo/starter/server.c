/* A UDP echo server: ./server PORT
 *
 * This file builds and checks its arguments; the rest is yours.  The handout says what the server has to do. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Prints what failed and why, and ends the program with a status that says so. */
static void die(const char *what)
{
	fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* A UDP socket that is bound to the port, on every address of the host. */
static int bound_socket(long port)
{
	/* TODO: socket() and bind().  Which type of socket is it, and in which byte order does bind() want the port?  Say so
	 * and end when one of them fails. */
	(void)port;
	errno = ENOSYS;
	die("bound_socket is not written yet");
	return -1;
}

/* Sends every datagram back to whoever sent it. */
static void serve(int socket)
{
	/* TODO: for ever: receive one datagram and the address that it came from, and send the same bytes there.  How large
	 * may a datagram be, and how small?  Whose error is it when a reply cannot be sent? */
	(void)socket;
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
	return EXIT_SUCCESS;
}
