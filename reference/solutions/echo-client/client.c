/* A TCP echo client: ./client HOST PORT
 *
 * Two streams flow at the same time: standard input to the server, and what the server sends to standard output.  One
 * poll(2) loop serves both, and the socket does not block, so a server that reads nothing until its replies are read
 * cannot stop this client, and a server that closes is noticed while nobody types.
 *
 * At the end of its input the client says so with shutdown(SHUT_WR) and goes on reading until the server closes.  The
 * exit status is 0 only when all input was sent and as much came back. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
	int socket;
	bool input_ended; /* standard input gave end of file */
	bool half_closed; /* so did we: the FIN is sent */
	bool server_ended;
	size_t begin, end; /* bytes[begin .. end) are still to be sent */
	char bytes[16384];
	unsigned long long sent, received;
};

static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* A connected socket; a name may stand for several addresses, of which one may answer. */
static int connect_to(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
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
		if (connect(descriptor, at->ai_addr, at->ai_addrlen) == 0) {
			connected = descriptor;
			continue;
		}
		int reason = errno;
		close(descriptor);
		errno = reason;
	}
	if (connected < 0)
		die("connect");
	freeaddrinfo(addresses);
	return connected;
}

static void client_read_input(struct client *client)
{
	ssize_t count = read(STDIN_FILENO, client->bytes, sizeof(client->bytes));
	if (count < 0 && !would_block())
		die("standard input");
	if (count == 0)
		client->input_ended = true;
	client->begin = 0;
	client->end = count > 0 ? (size_t)count : 0;
}

/* Sends what the kernel takes, and the FIN behind the last byte. */
static void client_send(struct client *client)
{
	while (client->begin < client->end) {
		ssize_t count = write(client->socket, client->bytes + client->begin, client->end - client->begin);
		if (count < 0 && would_block())
			return;
		if (count < 0)
			die("write");
		client->begin += (size_t)count;
		client->sent += (unsigned long long)count;
	}
	if (client->input_ended && !client->half_closed) {
		if (shutdown(client->socket, SHUT_WR) < 0)
			die("shutdown");
		client->half_closed = true;
	}
}

static void print(const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(STDOUT_FILENO, bytes, length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			die("standard output");
		bytes += count;
		length -= (size_t)count;
	}
}

static void client_receive(struct client *client)
{
	char bytes[16384];
	ssize_t count = read(client->socket, bytes, sizeof(bytes));
	if (count < 0 && would_block())
		return;
	if (count < 0)
		die("read");
	if (count == 0)
		client->server_ended = true;
	client->received += (unsigned long long)count;
	print(bytes, (size_t)count);
}

static void client_step(struct client *client)
{
	bool empty = client->begin == client->end;
	struct pollfd polled[2] = {
		{client->input_ended || !empty ? -1 : STDIN_FILENO, POLLIN, 0},
		{client->socket, (short)(empty ? POLLIN : POLLIN | POLLOUT), 0},
	};
	if (poll(polled, 2, -1) < 0) {
		if (errno != EINTR)
			die("poll");
		return;
	}
	if (polled[0].revents != 0)
		client_read_input(client);
	if (polled[1].revents & ~POLLOUT)
		client_receive(client);
	if (!client->server_ended)
		client_send(client);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return EXIT_FAILURE;
	}
	/* write() to a server that has gone shall return EPIPE rather than kill the client: signal(7). */
	signal(SIGPIPE, SIG_IGN);

	struct client client = {.socket = connect_to(argv[1], argv[2])};
	if (fcntl(client.socket, F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
	while (!client.server_ended)
		client_step(&client);
	close(client.socket);

	if (client.half_closed && client.received == client.sent)
		return EXIT_SUCCESS;
	fprintf(stderr, "client: the server closed early: %llu bytes sent, %llu came back\n", client.sent, client.received);
	return EXIT_FAILURE;
}
