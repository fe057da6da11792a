/* A TCP echo server: ./server PORT
 *
 * One process, one poll(2) loop, non-blocking sockets.  Between what was read from a client and what is still to be
 * written to it stands one buffer.  While that is full nothing more is read, so a client that never reads costs one
 * buffer, and TCP's flow control stops it (RFC 9293 §3.8.6).  read() == 0 is the end of the client's stream: what the
 * buffer still holds is sent first, then the connection is closed. */
#define _GNU_SOURCE /* accept4(2) */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The system may have been short of descriptors, not this program: closing one's own is not all that can help. */
enum { FULL_PAUSE_MS = 100 };

struct connection {
	int descriptor;
	bool ended; /* the client has sent its FIN */
	size_t begin, end; /* bytes[begin .. end) are still to be written */
	char bytes[16384];
};

struct server {
	int listener;
	bool full; /* no descriptor or memory was left for the last client: it waits in the backlog for a moment */
	struct connection **connections;
	struct pollfd *polled; /* polled[i] belongs to connections[i], polled[count] to the listener */
	size_t count, capacity;
};

static void die(const char *what)
{
	fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* A listening socket on all IPv4 addresses of this host. */
static int listen_on(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	address.sin_addr.s_addr = htonl(INADDR_ANY);
	int on = 1;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener < 0)
		die("socket");
	/* Connections of an earlier run may hold the port for a minute (TIME_WAIT): socket(7). */
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		die("setsockopt");
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("bind");
	if (listen(listener, SOMAXCONN) < 0)
		die("listen");
	return listener;
}

/* Takes as much as fits into the buffer.  False when the connection is broken. */
static bool connection_read(struct connection *connection)
{
	ssize_t count = read(connection->descriptor, connection->bytes + connection->end,
	                     sizeof(connection->bytes) - connection->end);
	if (count < 0)
		return would_block();
	if (count == 0)
		connection->ended = true;
	connection->end += (size_t)count;
	return true;
}

/* Gives the kernel as much as it takes.  False when the connection is broken. */
static bool connection_write(struct connection *connection)
{
	while (connection->begin < connection->end) {
		ssize_t count = write(connection->descriptor, connection->bytes + connection->begin,
		                      connection->end - connection->begin);
		if (count < 0)
			return would_block();
		connection->begin += (size_t)count;
	}
	connection->begin = connection->end = 0;
	return true;
}

/* What poll(2) has to wait for. */
static short connection_wants(const struct connection *connection)
{
	short events = 0;
	if (!connection->ended && connection->end < sizeof(connection->bytes))
		events |= POLLIN;
	if (connection->begin < connection->end)
		events |= POLLOUT;
	return events;
}

/* False when the connection is over: broken, or at its end with nothing left to send. */
static bool connection_serve(struct connection *connection, short ready)
{
	/* POLLERR and POLLHUP come unasked; read() and write() say what they mean. */
	short wanted = connection_wants(connection);
	if ((wanted & POLLIN) && (ready & ~POLLOUT) && !connection_read(connection))
		return false;
	if (!connection_write(connection))
		return false;
	return !connection->ended || connection->begin < connection->end;
}

static void server_reserve(struct server *server)
{
	if (server->count < server->capacity)
		return;
	server->capacity = server->capacity == 0 ? 16 : 2 * server->capacity;
	server->connections = realloc(server->connections, server->capacity * sizeof(*server->connections));
	server->polled = realloc(server->polled, (server->capacity + 1) * sizeof(*server->polled));
	if (server->connections == NULL || server->polled == NULL)
		die("realloc");
}

static void server_accept(struct server *server)
{
	int descriptor = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (descriptor < 0) {
		/* Whatever else went wrong is the matter of one client only: accept(2). */
		server->full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
		return;
	}
	struct connection *connection = calloc(1, sizeof(*connection));
	if (connection == NULL) {
		close(descriptor);
		return;
	}
	connection->descriptor = descriptor;
	server->connections[server->count++] = connection;
	server_reserve(server);
}

/* Closes connection i; the last one takes its place. */
static void server_drop(struct server *server, size_t i)
{
	close(server->connections[i]->descriptor);
	free(server->connections[i]);
	server->connections[i] = server->connections[--server->count];
	server->full = false;
}

static void server_wait(struct server *server)
{
	for (size_t i = 0; i < server->count; i++) {
		const struct connection *connection = server->connections[i];
		server->polled[i] = (struct pollfd){connection->descriptor, connection_wants(connection), 0};
	}
	server->polled[server->count] = (struct pollfd){server->full ? -1 : server->listener, POLLIN, 0};
	int ready = poll(server->polled, server->count + 1, server->full ? FULL_PAUSE_MS : -1);
	if (ready < 0 && errno != EINTR)
		die("poll");
	if (ready == 0)
		server->full = false;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;
	if (port < 1 || port > 65535 || *end != '\0') {
		fprintf(stderr, "usage: server PORT\n");
		return EXIT_FAILURE;
	}
	/* write() to a client that has gone shall return EPIPE rather than kill the server: signal(7). */
	signal(SIGPIPE, SIG_IGN);

	struct server server = {.listener = listen_on((uint16_t)port)};
	server_reserve(&server);
	for (;;) {
		server_wait(&server);
		bool knock = server.polled[server.count].revents != 0;
		/* From the end, since server_drop moves the last one. */
		for (size_t i = server.count; i-- > 0;) {
			short ready = server.polled[i].revents;
			if (ready != 0 && !connection_serve(server.connections[i], ready))
				server_drop(&server, i);
		}
		if (knock)
			server_accept(&server);
	}
}
