/* A TCP echo client: ./client HOST PORT
 *
 * This file builds and checks its arguments; the rest is yours.  The handout says what the client has to do. */
#include <errno.h>
#include <netdb.h>
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

/* A socket that is connected to that port of that host. */
static int connect_to(const char *host, const char *port)
{
	/* TODO: getaddrinfo() turns names and dotted addresses into what connect() takes, byte order and all.  It may find
	 * several addresses: try one after the other.  When none answers, say so and end. */
	(void)host;
	(void)port;
	errno = ENOSYS;
	die("connect_to is not written yet");
	return -1;
}

/* Copies standard input to the socket and the socket to standard output, both at the same time. */
static void talk(int socket)
{
	/* TODO: two streams flow independently of each other.  Wait for whichever moves first (poll), or give each one its
	 * own thread.
	 *   - Input: send every byte.  write() may take less than you gave it.  At the end of the input tell the server
	 *     that no more will come, but go on listening: shutdown(2).
	 *   - Replies: print exactly what came, as many bytes as read() said.  read() == 0 means that the server has
	 *     closed.
	 * Was all of the input sent by then, and did as much come back?  The exit status has to tell. */
	(void)socket;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return EXIT_FAILURE;
	}
	int socket = connect_to(argv[1], argv[2]);
	talk(socket);
	close(socket);
	return EXIT_SUCCESS;
}
