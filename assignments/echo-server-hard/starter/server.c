/* A TCP echo server: ./server PORT
 *
 * This file builds and checks its argument; the rest is yours.  The handout says what the server has to do. */
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Prints what failed and why, and ends the program.  Right for what the server cannot do without (socket, bind,
 * listen); wrong for what concerns one client only. */
static void die(const char *what)
{
	fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* A socket that waits for clients on that port. */
static int listen_on(uint16_t port)
{
	/* TODO: make a TCP socket.  Give it the port, on every address of this host, not on 127.0.0.1 alone.  The port is
	 * a number in your byte order; the network has its own.  A server that is started again a second later must get
	 * the same port: socket(7) names the option, and it has to be set before the address is.  Then let the kernel
	 * answer clients.  Check every call. */
	(void)port;
	errno = ENOSYS;
	die("listen_on is not written yet");
	return -1;
}

/* Serves one client until it has nothing more to say. */
static void serve(int client)
{
	/* TODO: read some bytes and write the same bytes back, as many as were read.  What does it mean when read()
	 * returns less than you asked for, 0, or -1?  What when write() takes less than you gave it?  Whatever happens,
	 * this client's descriptor is closed in the end. */
	close(client);
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;
	if (port < 1 || port > 65535 || *end != '\0') {
		fprintf(stderr, "usage: server PORT\n");
		return EXIT_FAILURE;
	}
	int listener = listen_on((uint16_t)port);

	/* TODO: fetch one client after the other, for ever.  This loop serves one at a time: while the first one says
	 * nothing, the second waits.  Find a way to serve them all (fork, threads, or one loop with poll), and begin with
	 * the one you understand best. */
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (client >= 0)
			serve(client);
	}
}
