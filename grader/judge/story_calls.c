#include "judge/story_inside.h"

#include "base/arena.h"

#include <errno.h>

static struct story_socket *socket_find(struct story *story, uint64_t inode)
{
	for (size_t i = story->socket_count; inode != 0 && i > 0; i--) {
		if (story->sockets[i - 1].inode == inode)
			return &story->sockets[i - 1];
	}
	return NULL;
}

static struct story_socket *socket_make(struct story *story, const struct event *event)
{
	bool known = event->call.call != CALL_SOCKET; /* one that is made is new: it need not be looked for */
	struct story_socket *found = known ? socket_find(story, event->call.socket) : NULL;
	if (found != NULL || event->call.socket == 0)
		return found;
	story->sockets = arena_grow(story->arena, story->sockets, &story->socket_capacity, story->socket_count + 1,
	                            sizeof(struct story_socket));
	found = &story->sockets[story->socket_count++];
	*found = (struct story_socket){.inode = event->call.socket,
	                               .actor = event->actor,
	                               .pid = event->pid,
	                               .descriptor = event->call.descriptor,
	                               .made = event->number};
	found->reuse = found->bind = found->listen = found->closed = STORY_NONE;
	return found;
}

/* The calls of a socket before it is a connection. */
static void feed_socket(struct story *story, const struct event *event)
{
	int error = story_error(event->call.result);
	if (event->call.call == CALL_SOCKET && error != 0)
		return;
	struct story_socket *socket = socket_make(story, event);
	if (socket == NULL)
		return;
	story->socket_changes++;
	story->socket_changed = (size_t)(socket - story->sockets);
	if (event->call.call == CALL_SOCKET) {
		socket->descriptor = (int32_t)event->call.result;
		socket->datagrams = event->call.datagrams;
	} else if (event->call.call == CALL_BIND) {
		socket->bind = event->number;
		socket->bind_error = error;
		socket->address = event->call.address;
		socket->descriptor = event->call.descriptor;
	} else if (event->call.call == CALL_LISTEN) {
		socket->listen = event->number;
		socket->listen_error = error;
		socket->backlog = event->call.argument;
		socket->descriptor = event->call.descriptor;
		if (event->call.address.family != 0)
			socket->address = event->call.address;
	} else if (event->call.call == CALL_SETSOCKOPT && event->call.argument == STORY_REUSEADDR && error == 0) {
		socket->reuse = event->call.value != 0 ? event->number : STORY_NONE;
	} else if (event->call.call == CALL_SETSOCKOPT && event->call.argument == STORY_V6ONLY && error == 0) {
		socket->six_only = event->call.value != 0;
	}
}

static void feed_connect(struct story *story, const struct event *event)
{
	int error = story_error(event->call.result);
	story->connects = arena_grow(story->arena, story->connects, &story->connect_capacity, story->connect_count + 1,
	                             sizeof(struct story_connect));
	story->connects[story->connect_count++] =
		(struct story_connect){event->number, event->actor, error, event->call.address};
}

void story_transfer_add(struct story *story, struct story_transfers *transfers, const struct event *event)
{
	transfers->list = arena_grow(story->arena, transfers->list, &transfers->capacity, transfers->count + 1,
	                             sizeof(struct story_transfer));
	transfers->list[transfers->count++] = (struct story_transfer){
		.event = event->number,
		.call = event->call.call,
		.pid = event->pid,
		.descriptor = event->call.descriptor,
		.asked = event->call.argument,
		.result = event->call.result,
		.repeat = event->call.repeat > 0 ? event->call.repeat : 1,
	};
}

static void end_reads(struct story *story, struct story_end *end, const struct event *event)
{
	uint32_t repeat = event->call.repeat > 0 ? event->call.repeat : 1;
	story_transfer_add(story, &end->reads, event);
	end->last_read = event->number;
	if (event->call.result > 0)
		end->read += (uint64_t)event->call.result * repeat;
	if (event->call.result == 0 && event->call.argument > 0) {
		story_first(&end->zero_read, event->number);
		end->last_zero_read = event->number;
		end->zero_reads += repeat;
	}
}

static void end_writes(struct story *story, struct story_connection *connection, enum end which,
                       const struct event *event)
{
	struct story_end *end = &connection->end[which];
	uint32_t repeat = event->call.repeat > 0 ? event->call.repeat : 1;
	story_transfer_add(story, &end->writes, event);
	end->last_write = event->number;
	if (event->call.result <= 0)
		return;
	end->written += (uint64_t)event->call.result * repeat;
	for (uint32_t i = 0; connection->end[!which].student && i < repeat; i++) {
		if (end->stream.length == STORY_STREAM_MOST)
			break;
		story_bytes_add(story, &end->stream, event->data, event->data_length, (size_t)event->call.result);
	}
}

static void end_ends(struct story_end *end, const struct event *event)
{
	if (event->call.call == CALL_SHUTDOWN && event->call.result == 0 && event->call.argument != STORY_SHUT_RD) {
		if (end->shut == STORY_NONE || event->call.argument == STORY_SHUT_RDWR)
			end->shut_how = event->call.argument;
		story_first(&end->shut, event->number);
	} else if (event->call.call == CALL_CLOSE) {
		end->closed = event->number;
		end->closes++;
	}
}

static void feed_on_connection(struct story *story, struct story_connection *connection, const struct event *event)
{
	enum end which = story_end_of(story, event->actor);
	struct story_end *end = &connection->end[which];
	enum call call = event->call.call;
	bool accepts = call == CALL_ACCEPT || call == CALL_ACCEPT4;
	end->descriptor = accepts ? (int32_t)event->call.result : event->call.descriptor;
	if (event->call.socket != 0)
		end->socket = event->call.socket;
	if ((accepts && event->call.result >= 0) || (call == CALL_CONNECT && event->call.result == 0)) {
		story_first(&end->made, event->number);
		if (end->actor == ACTOR_NONE)
			end->actor = event->actor;
	} else if (call_reads(call) && (event->call.value & STORY_ERRORS) != 0) {
		return;
	} else if (call_reads(call) || (call == CALL_SPLICE && event->call.value != 0)) {
		end_reads(story, end, event);
	} else if (call_writes(call) || call == CALL_SENDFILE || call == CALL_SPLICE) {
		end_writes(story, connection, which, event);
	} else {
		end_ends(end, event);
	}
}

void story_feed_call(struct story *story, const struct event *event)
{
	struct story_connection *connection = story_connection(story, event->connection);
	if (event->call.call == CALL_KILL && event->call.argument > 0 && event->call.argument < 64)
		story->actors[event->actor].signals_sent |= UINT64_C(1) << event->call.argument;
	if (event->kind == EVENT_CALL) {
		struct story_end *end = connection != NULL ? &connection->end[story_end_of(story, event->actor)] : NULL;
		if (end != NULL && event->call.call == CALL_CLOSE)
			story_first(&end->close_began, event->number);
		if (end != NULL && event->call.call == CALL_SHUTDOWN && event->call.argument != STORY_SHUT_RD) {
			end->shut_began = event->number;
			end->shut_asked = event->call.argument;
		}
		return;
	}
	enum call call = event->call.call;
	if (call_polls(call) && event->call.result > 0)
		story->actors[event->actor].polled = event->number;
	if (call == CALL_CONNECT)
		feed_connect(story, event);
	if (call == CALL_SOCKET || call == CALL_BIND || call == CALL_LISTEN || call == CALL_SETSOCKOPT)
		feed_socket(story, event);
	if (call == CALL_CLOSE) {
		struct story_socket *socket = socket_find(story, event->call.socket);
		if (socket != NULL && socket->pid == event->pid)
			socket->closed = event->number;
	}
	/* A failed accept carries the listening socket's number, never a connection's. */
	bool failed_accept = (call == CALL_ACCEPT || call == CALL_ACCEPT4) && event->call.result < 0;
	if (event->call.datagrams && story_datagrams(story))
		story_datagram_call(story, connection, event);
	else if (connection != NULL && !failed_accept)
		feed_on_connection(story, connection, event);
}

static void peer_reads(struct story *story, struct story_connection *connection, enum end which,
                       const struct event *event)
{
	struct story_end *end = &connection->end[which];
	struct story_end *other = &connection->end[!which];
	int64_t result = event->peer.result;
	end->last_read = event->number;
	if (result > 0) {
		end->read += (uint64_t)result;
		story_bytes_add(story, &other->stream, event->data, event->data_length, (size_t)result);
	} else if (result == 0) {
		story_first(&end->zero_read, event->number);
		end->last_zero_read = event->number;
		end->zero_reads++;
		story_end_ended(other, event->number);
	} else if (result != -EAGAIN && result != -EINTR) {
		story_first(&end->read_failed, event->number);
		if (end->read_failed == event->number)
			end->read_errno = story_error(result);
		if (result == -ECONNRESET)
			story_end_broken(other, event->number);
	}
}

void story_feed_peer(struct story *story, const struct event *event)
{
	enum end which = story_end_of(story, event->actor);
	if (event->peer.call == PEER_LISTEN && event->peer.result == 0)
		story->actors[event->actor].listening = event->number;
	struct story_connection *connection = story_connection_make(story, event);
	if (connection == NULL)
		return;
	if (story_datagrams(story)) {
		story_datagram_peer(story, connection, event);
		return;
	}
	struct story_end *end = &connection->end[which];
	switch (event->peer.call) {
	case PEER_CONNECT:
	case PEER_ACCEPT:
		if (event->peer.result >= 0) {
			story_first(&end->made, event->number);
			if (end->actor == ACTOR_NONE) {
				end->actor = event->actor;
				end->student = false;
			}
		}
		break;
	case PEER_WRITE:
		end->last_write = event->number;
		if (event->peer.result > 0)
			end->written += (uint64_t)event->peer.result;
		else if (event->peer.result == -ECONNRESET)
			story_end_broken(&connection->end[!which], event->number);
		break;
	case PEER_READ:
		peer_reads(story, connection, which, event);
		break;
	case PEER_SHUTDOWN:
		if (event->peer.result == 0) {
			story_first(&end->shut, event->number);
			end->shut_how = STORY_SHUT_WR;
		}
		break;
	case PEER_CLOSE:
	case PEER_RESET:
		end->closed = event->number;
		end->closes++;
		if (event->peer.call == PEER_RESET)
			story_end_broken(end, event->number);
		break;
	case PEER_LISTEN:
	case PEER_LOSE:
	case PEER_DUPLICATE:
	case PEER_REORDER:
	case PEER_DELAY:
	case PEER_WINDOW:
		break;
	}
}
