#include "peer/address.h"
#include "peer/inside.h"

#include "base/arena.h"
#include "base/fd.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Reads in a row before other descriptors get their turn: a writer on another processor must not hold the loop. */
enum { READS_MOST = 256 };

struct peer_end *peer_end_create(struct peer *peer, int actor, int other, enum end which)
{
	struct peer_end *end = arena_alloc(peer->arena, sizeof(*end));
	peer->ends =
		arena_grow(peer->arena, peer->ends, &peer->end_capacity, peer->end_count + 1, sizeof(struct peer_end *));
	*end = (struct peer_end){.number = (uint32_t)peer->end_count,
	                         .descriptor = -1,
	                         .actor = actor,
	                         .other = other,
	                         .end = which,
	                         .connection = CONNECTION_NONE,
	                         .phase = END_CLOSED};
	end->unreceived.ceiling = PEER_BYTES + PEER_READ_BYTES;
	peer->ends[peer->end_count++] = end;
	peer_role_choose(peer, end);
	return end;
}

/* Everything is acknowledged at once also on hosts whose loopback route does not ask for that; the option is not
 * permanent (tcp(7)), so that it is set again after each read. */
static void acknowledge_at_once(int descriptor)
{
	int on = 1;
	setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static void end_prepare(int descriptor)
{
	int on = 1;
	setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	acknowledge_at_once(descriptor);
}

void peer_limit_buffers(const struct peer *peer, int descriptor)
{
	uint64_t wanted = peer->test->test->buffer_bytes;
	if (wanted == 0)
		return;
	/* The kernel doubles what it is asked for: socket(7). */
	int bytes = wanted / 2 < INT_MAX ? (int)(wanted / 2) : INT_MAX;
	setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static void end_forget(struct peer *peer, struct peer_end *end)
{
	if (end->descriptor >= 0)
		peer->open_count--;
	fd_close(&end->descriptor);
	end->phase = END_CLOSED;
	text_release(&end->unreceived);
}

void peer_end_number(struct peer *peer, struct peer_end *end)
{
	int actors[2];
	actors[end->end] = end->actor;
	actors[!end->end] = end->other;
	end->connection =
		peer->hooks.connection(peer->hooks.context, &end->address[END_CLIENT], &end->address[END_SERVER], actors);
}

static bool port_was_used(const struct peer *peer, const struct peer_end *end)
{
	uint16_t port = end->address[END_CLIENT].port;
	bool used = port == end->address[END_SERVER].port;
	for (size_t i = 0; i < peer->end_count && !used; i++)
		used = peer->ends[i] != end && peer->ends[i]->address[END_CLIENT].port == port;
	return used;
}

/* Binds to a free port of the address that is going to be reached, so that the connection has its addresses before the
 * first segment.  That port must not be the one that the server is about to listen on, nor that of an earlier connection:
 * one that was reset leaves its port free, and two connections of a test with the same addresses would be taken for one. */
int peer_end_bind(struct peer *peer, struct peer_end *end)
{
	int type = peer_datagrams(peer) ? SOCK_DGRAM : SOCK_STREAM;
	const struct address *server = &end->address[END_SERVER];
	for (unsigned attempt = 0; attempt < 16; attempt++) {
		struct sockaddr_storage name;
		struct address any_port = *server;
		any_port.port = 0;
		end->descriptor = socket(server->family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (end->descriptor < 0)
			return errno;
		peer->open_count++;
		peer_limit_buffers(peer, end->descriptor);
		if (type == SOCK_STREAM)
			end_prepare(end->descriptor);
		socklen_t length = peer_address_write(&any_port, &name);
		if (bind(end->descriptor, (struct sockaddr *)&name, length) < 0)
			return errno;
		length = sizeof(name);
		if (getsockname(end->descriptor, (struct sockaddr *)&name, &length) < 0)
			return errno;
		peer_address_read(&name, &end->address[END_CLIENT]);
		if (!port_was_used(peer, end))
			return 0;
		end_forget(peer, end);
	}
	return EADDRINUSE;
}

/* The same by the reference's own TCP. */
static bool raw_end_connect(struct peer *peer, struct peer_end *end)
{
	end->raw = raw_bind(peer->raw, end->actor, &end->address[END_SERVER]);
	if (end->raw == NULL)
		return false;
	end->raw->user = end;
	end->address[END_CLIENT] = end->raw->local;
	peer_end_number(peer, end);
	end->phase = END_CONNECTING;
	peer_drain(peer);
	raw_connect(end->raw);
	return true;
}

void peer_end_failed(struct peer *peer, struct peer_end *end, int error)
{
	end->error = error;
	end_forget(peer, end);
	peer_emit(peer, end->actor, end, PEER_CONNECT, -error, NULL, 0);
}

void peer_end_connect(struct peer *peer, struct peer_end *end, const char *host)
{
	struct sockaddr_storage name;
	if (host == NULL || !peer_address_parse(host, peer->test->port, &end->address[END_SERVER])) {
		peer_end_failed(peer, end, EADDRNOTAVAIL);
		return;
	}
	if (peer->raw != NULL) {
		if (raw_end_connect(peer, end))
			peer_end_settle(peer, end);
		else
			peer_end_failed(peer, end, errno);
		return;
	}
	int error = peer_end_bind(peer, end);
	if (error != 0) {
		peer_end_failed(peer, end, error);
		return;
	}
	peer_end_number(peer, end);
	end->phase = END_CONNECTING;
	socklen_t length = peer_address_write(&end->address[END_SERVER], &name);
	peer_drain(peer);
	int result = connect(end->descriptor, (struct sockaddr *)&name, length);
	if (result < 0 && errno != EINPROGRESS) {
		peer_end_failed(peer, end, errno);
		return;
	}
	if (!peer_watch(peer, end->descriptor, end->number, false)) {
		peer_end_failed(peer, end, errno);
		return;
	}
	peer_end_settle(peer, end);
}

/* Whether connect(2) has ended, and with what. */
static bool end_connected(const struct peer_end *end, int *error)
{
	if (end->raw != NULL)
		return raw_connected(end->raw, error);
	struct pollfd ready = {.fd = end->descriptor, .events = POLLOUT};
	socklen_t length = sizeof(*error);
	if (poll(&ready, 1, 0) <= 0)
		return false;
	*error = 0;
	if (getsockopt(end->descriptor, SOL_SOCKET, SO_ERROR, error, &length) < 0)
		*error = errno;
	return true;
}

void peer_end_settle(struct peer *peer, struct peer_end *end)
{
	int error = 0;
	if (end->phase != END_CONNECTING || !end_connected(end, &error))
		return;
	/* These two happen only to a connection that had been set up: connect(2) is refused otherwise. */
	if (error == ECONNRESET)
		end->reset = true;
	else if (error != 0 && error != EPIPE) {
		peer_end_failed(peer, end, error);
		return;
	}
	end->phase = END_OPEN;
	if (end->raw == NULL)
		acknowledge_at_once(end->descriptor);
	peer_emit(peer, end->actor, end, PEER_CONNECT, 0, NULL, 0);
}

void peer_end_accepted(struct peer *peer, struct peer_end *end, int descriptor)
{
	end->descriptor = descriptor;
	end->phase = END_OPEN;
	peer->open_count++;
	end_prepare(descriptor);
	peer_end_number(peer, end);
	peer_watch(peer, descriptor, end->number, false);
	peer_emit(peer, end->actor, end, PEER_ACCEPT, 0, NULL, 0);
}

void peer_end_accepted_raw(struct peer *peer, struct peer_end *end, struct raw_end *raw)
{
	end->raw = raw;
	raw->user = end;
	end->phase = END_OPEN;
	peer_end_number(peer, end);
	peer_emit(peer, end->actor, end, PEER_ACCEPT, 0, NULL, 0);
}

static void read_done(struct peer *peer, struct peer_end *end, ssize_t count, int error)
{
	if (count == 0 && end->reset) {
		count = -1;
		error = ECONNRESET;
	}
	if (count <= 0) {
		end->ended = true;
		end->error = count < 0 ? error : 0;
		peer_emit(peer, end->actor, end, PEER_READ, count < 0 ? -error : 0, NULL, 0);
		return;
	}
	end->read_bytes += (uint64_t)count;
	peer->read_bytes += (uint64_t)count;
	if (peer->roles[end->actor].keeps_bytes)
		text_add(&end->unreceived, peer->buffer, (size_t)count);
	peer_emit(peer, end->actor, end, PEER_READ, count, peer->buffer, (size_t)count);
}

bool peer_end_reads_no_more(const struct peer *peer, const struct peer_end *end)
{
	const struct role *role = &peer->roles[end->actor];
	return role->held || peer->read_bytes >= PEER_BYTES ||
	       (peer->hooks.crowded != NULL && end->read_bytes >= role->asked_bytes + PEER_SPARE_BYTES &&
	        peer->hooks.crowded(peer->hooks.context));
}

/* The kernel's buffer stays as large as it is (socket(7), SO_RCVBUF), where it would grow to megabytes that are written for
 * no reader. */
static void stop_reading(const struct peer *peer, struct peer_end *end)
{
	int bytes = 0;
	socklen_t length = sizeof(bytes);
	if (end->stopped || end->raw != NULL || peer->roles[end->actor].held)
		return;
	end->stopped = true;
	getsockopt(end->descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, &length);
	bytes /= 2; /* the kernel doubles it */
	setsockopt(end->descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

void peer_end_read(struct peer *peer, struct peer_end *end)
{
	if (peer_datagrams(peer)) {
		peer_datagrams_read(peer, end);
		return;
	}
	for (unsigned reads = 0; end->phase == END_OPEN && !end->ended; reads++) {
		if (peer_end_reads_no_more(peer, end)) {
			stop_reading(peer, end);
			return;
		}
		if (reads == READS_MOST && end->raw == NULL) {
			peer_watch(peer, end->descriptor, end->number, true);
			return;
		}
		peer_drain(peer);
		ssize_t count = end->raw != NULL ? raw_receive(end->raw, peer->buffer, PEER_READ_BYTES)
		                                 : recv(end->descriptor, peer->buffer, PEER_READ_BYTES, 0);
		int error = errno;
		if (count < 0 && error == EINTR)
			continue;
		if (count < 0 && error == EAGAIN)
			return;
		if (end->raw == NULL)
			acknowledge_at_once(end->descriptor);
		read_done(peer, end, count, error);
	}
}

ssize_t peer_end_write(struct peer *peer, struct peer_end *end, const void *bytes, size_t length, bool more)
{
	peer_drain(peer);
	ssize_t count;
	do
		count = end->raw != NULL ? raw_send(end->raw, bytes, length, more)
		                         : send(end->descriptor, bytes, length, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
	while (count < 0 && errno == EINTR);
	int error = errno;
	if (count < 0 && error == EAGAIN)
		return 0;
	/* The kernel reports an RST once: here, so that read(2) returns 0 as if it were the end of the stream. */
	if (count < 0 && error == ECONNRESET)
		end->reset = true;
	size_t shown = count > 0 ? (size_t)count : 0;
	peer_emit(peer, end->actor, end, PEER_WRITE, count < 0 ? -error : count, bytes,
	          shown < EVENT_PEEK ? shown : EVENT_PEEK);
	return count < 0 ? -error : count;
}

int peer_end_shutdown(struct peer *peer, struct peer_end *end)
{
	peer_drain(peer);
	int error = end->raw != NULL ? raw_shutdown(end->raw) : shutdown(end->descriptor, SHUT_WR) < 0 ? errno : 0;
	peer_emit(peer, end->actor, end, PEER_SHUTDOWN, -error, NULL, 0);
	return error;
}

static int end_close(struct peer *peer, struct peer_end *end, enum peer_call call)
{
	peer_drain(peer);
	int error = 0;
	if (end->raw != NULL) {
		error = raw_close(end->raw, call == PEER_RESET);
	} else {
		error = close(end->descriptor) < 0 ? errno : 0;
		end->descriptor = -1;
		peer->open_count--;
	}
	end_forget(peer, end);
	peer_emit(peer, end->actor, end, call, -error, NULL, 0);
	return error;
}

int peer_end_close(struct peer *peer, struct peer_end *end)
{
	peer_end_read(peer, end);
	if (peer_datagrams(peer))
		return peer_datagrams_close(peer, end);
	return end_close(peer, end, PEER_CLOSE);
}

int peer_end_reset(struct peer *peer, struct peer_end *end)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	peer_end_read(peer, end);
	if (end->raw == NULL)
		setsockopt(end->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return end_close(peer, end, PEER_RESET);
}
