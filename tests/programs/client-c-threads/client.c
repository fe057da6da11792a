/* A thread for each direction; stdio for input and output, so both are read and written in large blocks. */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_size_t sent;
static atomic_bool finished;

static void *send_input(void *argument)
{
	int server = (int)(intptr_t)argument;
	char block[65536];
	ssize_t count;
	while ((count = read(STDIN_FILENO, block, sizeof(block))) > 0) {
		for (ssize_t done = 0; done < count;) {
			ssize_t n = write(server, block + done, count - done);
			if (n < 0)
				return NULL; /* the receiver meets the same trouble, and reports it */
			done += n;
			sent += (size_t)n;
		}
	}
	finished = true;
	shutdown(server, SHUT_WR);
	return NULL;
}

static int dial(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return -1;
	int server = -1;
	for (struct addrinfo *at = found; at != NULL && server < 0; at = at->ai_next) {
		server = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
		if (server >= 0 && connect(server, at->ai_addr, at->ai_addrlen) < 0) {
			close(server);
			server = -1;
		}
	}
	freeaddrinfo(found);
	return server;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	int server = argc == 3 ? dial(argv[1], argv[2]) : -1;
	if (server < 0) {
		fprintf(stderr, "client: cannot connect\n");
		return 1;
	}
	pthread_t thread;
	if (pthread_create(&thread, NULL, send_input, (void *)(intptr_t)server) != 0)
		return 1;
	char block[65536];
	size_t received = 0;
	ssize_t n;
	while ((n = read(server, block, sizeof(block))) > 0) {
		received += (size_t)n;
		fwrite(block, 1, (size_t)n, stdout);
	}
	fflush(stdout);
	if (n < 0 || !finished || received != sent) {
		fprintf(stderr, "client: the server has gone too early\n");
		_exit(1); /* the other thread may be waiting for input */
	}
	return 0;
}
