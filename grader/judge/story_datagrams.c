/* UDP: each datagram by itself.  One is seen up to three times (on the wire, where it is sent, where it is taken), in
 * this order where the capture works, and each time a little more of it becomes known. */
#include "judge/story_inside.h"

#include "base/arena.h"

#include <string.h>

bool story_datagrams(const struct story *story)
{
	return story->test->test->transport == TRANSPORT_UDP;
}

static struct story_datagram *datagram_add(struct story *story, struct story_end *sender, uint32_t event, size_t length)
{
	sender->datagrams = arena_grow(story->arena, sender->datagrams, &sender->datagram_capacity,
	                               sender->datagram_count + 1, sizeof(struct story_datagram));
	struct story_datagram *datagram = &sender->datagrams[sender->datagram_count++];
	*datagram = (struct story_datagram){
		.event = event, .sent = STORY_NONE, .taken = STORY_NONE, .length = length, .got = -1, .room = -1};
	return datagram;
}

/* More of it, or a better word: what the reference read is what arrived, whatever the call of the program said. */
static void datagram_learn(struct story *story, struct story_datagram *datagram, const struct event *event)
{
	size_t known = event->data_length < datagram->length ? event->data_length : datagram->length;
	bool arrived = event->kind == EVENT_PEER && event->peer.call == PEER_READ;
	if (known < datagram->known || (known == datagram->known && !arrived))
		return;
	datagram->bytes = (const uint8_t *)arena_copy(story->arena, event->data, known);
	datagram->known = known;
}

void story_datagram_passed(struct story *story, struct story_connection *connection, const struct event *event)
{
	if ((event->segment.flags & SEGMENT_UNREACHABLE) == 0)
		datagram_add(story, &connection->end[event->segment.sender], event->number, event->segment.length);
}

/* What is known of the bytes by now says that this is another one. */
static bool differs(const struct story_datagram *datagram, const struct event *event)
{
	size_t known = event->data_length < datagram->known ? event->data_length : datagram->known;
	return known > 0 && memcmp(datagram->bytes, event->data, known) != 0;
}

/* The call that sent it has returned.  What was captured and not accounted for yet comes first; where that shows nothing
 * of this length, it went elsewhere. */
static void datagram_sent(struct story *story, struct story_end *sender, const struct event *event, size_t length)
{
	for (size_t i = 0; i < sender->datagram_count; i++) {
		struct story_datagram *datagram = &sender->datagrams[i];
		if (datagram->sent != STORY_NONE || datagram->length != length || differs(datagram, event))
			continue;
		datagram->sent = event->number;
		datagram_learn(story, datagram, event);
		return;
	}
	if (story->captures)
		return;
	struct story_datagram *datagram = datagram_add(story, sender, event->number, length);
	datagram->sent = event->number;
	datagram_learn(story, datagram, event);
}

/* A socket's datagrams are taken in the order in which they arrived; what its buffer had no room for is missing, and a
 * buffer of the program may be too small for the whole. */
static struct story_datagram *datagram_next(const struct story_end *sender, const struct event *event, size_t got,
                                            size_t room)
{
	struct story_datagram *first = NULL;
	for (size_t i = 0; i < sender->datagram_count; i++) {
		struct story_datagram *datagram = &sender->datagrams[i];
		if (datagram->taken != STORY_NONE)
			continue;
		if (!differs(datagram, event) && (datagram->length == got || (datagram->length > got && got == room)))
			return datagram;
		if (first == NULL)
			first = datagram;
	}
	return first;
}

static void datagram_taken(struct story *story, struct story_end *sender, const struct event *event, size_t got,
                           size_t room)
{
	struct story_datagram *datagram = datagram_next(sender, event, got, room);
	if (datagram == NULL && story->captures && room < SIZE_MAX)
		return;
	if (datagram == NULL)
		datagram = datagram_add(story, sender, event->number, got);
	datagram->taken = event->number;
	datagram->got = (int64_t)got;
	datagram->room = room < INT64_MAX ? (int64_t)room : -1;
	datagram_learn(story, datagram, event);
}

/* Whose datagram was it that the program took without asking from whom?  The one that waited longest. */
static struct story_connection *longest_waiting(const struct story *story, enum end end)
{
	struct story_connection *best = NULL;
	uint32_t since = STORY_NONE;
	for (size_t i = 0; i < story->connection_count; i++) {
		struct story_connection *connection = story->connections[i];
		for (size_t j = 0; connection != NULL && j < connection->end[!end].datagram_count; j++) {
			const struct story_datagram *datagram = &connection->end[!end].datagrams[j];
			if (datagram->taken != STORY_NONE || datagram->event >= since)
				continue;
			since = datagram->event;
			best = connection;
		}
	}
	return best;
}

void story_datagram_call(struct story *story, struct story_connection *connection, const struct event *event)
{
	enum end which = story_end_of(story, event->actor);
	enum call call = event->call.call;
	bool peeks = call != CALL_READ && call != CALL_READV && (event->call.value & STORY_PEEK) != 0;
	if (connection == NULL && call_reads(call) && event->call.result >= 0)
		connection = longest_waiting(story, which);
	if (connection == NULL || (call_reads(call) && peeks))
		return;
	struct story_end *end = &connection->end[which];
	size_t moved = event->call.result > 0 ? (size_t)event->call.result : 0;
	end->descriptor = event->call.descriptor;
	end->socket = event->call.socket;
	if (call_reads(call)) {
		story_transfer_add(story, &end->reads, event);
		end->last_read = event->number;
		size_t room = call == CALL_RECVMMSG ? SIZE_MAX - 1 : (size_t)event->call.argument;
		/* With MSG_TRUNC the result is the whole length, whatever the room: recv(2). */
		if (event->call.result >= 0)
			datagram_taken(story, &connection->end[!which], event, moved < room ? moved : room, room);
		end->read += moved;
	} else if (call_writes(call)) {
		story_transfer_add(story, &end->writes, event);
		end->last_write = event->number;
		if (event->call.result >= 0)
			datagram_sent(story, end, event, moved);
		end->written += moved;
	} else if (call == CALL_CONNECT && event->call.result == 0) {
		story_first(&end->made, event->number);
	} else if (call == CALL_CLOSE) {
		end->closed = event->number;
		end->closes++;
	}
}

void story_datagram_peer(struct story *story, struct story_connection *connection, const struct event *event)
{
	enum end which = story_end_of(story, event->actor);
	struct story_end *end = &connection->end[which];
	int64_t result = event->peer.result;
	if (event->peer.call == PEER_WRITE) {
		end->last_write = event->number;
		if (result >= 0)
			datagram_sent(story, end, event, (size_t)result);
	} else if (event->peer.call == PEER_READ) {
		end->last_read = event->number;
		if (result >= 0)
			datagram_taken(story, &connection->end[!which], event, (size_t)result, SIZE_MAX);
		else if (end->read_failed == STORY_NONE)
			end->read_failed = event->number, end->read_errno = story_error(result);
	} else if (event->peer.call == PEER_CLOSE) {
		end->closed = event->number;
	}
	if (result > 0 && (event->peer.call == PEER_WRITE || event->peer.call == PEER_READ))
		*(event->peer.call == PEER_WRITE ? &end->written : &end->read) += (uint64_t)result;
}

static void datagrams_move(struct story *story, struct story_end *into, const struct story_end *from)
{
	for (size_t i = 0; i < from->datagram_count; i++)
		*datagram_add(story, into, 0, 0) = from->datagrams[i];
}

struct story_connection *story_conversation(struct story *story, struct story_connection *connection)
{
	int client = connection->end[END_CLIENT].actor;
	for (size_t i = 0; client != ACTOR_NONE && i < story->connection_count; i++) {
		struct story_connection *other = story->connections[i];
		if (other == NULL || other == connection || other->end[END_CLIENT].actor != client)
			continue;
		for (int end = END_CLIENT; end <= END_SERVER; end++)
			datagrams_move(story, &other->end[end], &connection->end[end]);
		return other;
	}
	return connection;
}
