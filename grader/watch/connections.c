#include "watch/connections.h"

#include "base/arena.h"
#include "watch/tcp_states.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BUCKETS = 1024, WAITING_MOST = 32 };

struct node {
	struct connection connection;
	struct tcp_pair tcp;
	struct node *older; /* in its bucket */
};

/* An event that is not emitted yet.  Its actor is put in last: who it is may become known meanwhile. */
struct waiting {
	struct event event;
	const struct connection *connection;
	bool of_end;
	enum end end;
	uint8_t data[CONNECTIONS_FRAME];
};

struct connections {
	uint16_t port;
	connections_emit emit;
	void *context;
	struct arena *arena;
	struct node **list;
	size_t count, capacity;
	struct node *buckets[BUCKETS]; /* newest first */
	struct waiting waiting[WAITING_MOST]; /* a ring */
	unsigned first, waiting_count;
};

struct address address_canonical(const struct address *address)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct address canonical = {.family = address->family, .port = address->port};
	if (address->family == AF_INET6 && memcmp(address->bytes, mapped, sizeof(mapped)) == 0) {
		canonical.family = AF_INET;
		memcpy(canonical.bytes, address->bytes + sizeof(mapped), 4);
	} else if (address->family != 0) {
		memcpy(canonical.bytes, address->bytes, address->family == AF_INET ? 4 : 16);
	}
	return canonical;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->port == b->port &&
	       memcmp(a->bytes, b->bytes, a->family == AF_INET ? 4 : sizeof(a->bytes)) == 0;
}

struct connections *connections_create(uint16_t port, connections_emit emit, void *context)
{
	struct connections *connections = calloc(1, sizeof(*connections));
	if (connections == NULL)
		abort();
	connections->port = port;
	connections->emit = emit;
	connections->context = context;
	connections->arena = arena_create();
	return connections;
}

void connections_destroy(struct connections *connections)
{
	if (connections == NULL)
		return;
	arena_destroy(connections->arena);
	free(connections);
}

/* Emits what waits, oldest first.  The hook may come back here through another segment: whoever is called first goes on
 * with the oldest, so the order holds. */
static void waiting_emit(struct connections *connections)
{
	while (connections->waiting_count > 0) {
		struct waiting waiting = connections->waiting[connections->first];
		connections->first = (connections->first + 1) % WAITING_MOST;
		connections->waiting_count--;
		if (waiting.of_end)
			waiting.event.actor = (int16_t)waiting.connection->actor[waiting.end];
		if (waiting.event.data_length > 0)
			waiting.event.data = waiting.data;
		connections->emit(connections->context, &waiting.event);
	}
}

/* Makes room for what one segment can add; nothing is emitted between those. */
static void waiting_reserve(struct connections *connections)
{
	if (connections->waiting_count > WAITING_MOST - 4)
		waiting_emit(connections);
}

static struct waiting *waiting_add(struct connections *connections, const struct connection *connection,
                                   enum event_kind kind, int64_t time_ns)
{
	struct waiting *waiting = &connections->waiting[(connections->first + connections->waiting_count++) % WAITING_MOST];
	waiting->connection = connection;
	waiting->of_end = false;
	waiting->event = (struct event){
		.kind = kind,
		.time_ns = time_ns,
		.actor = ACTOR_NONE,
		.connection = (int16_t)connection->number,
	};
	return waiting;
}

static struct event connection_event(const struct connection *connection, int64_t time_ns)
{
	return (struct event){
		.kind = EVENT_CONNECTION,
		.time_ns = time_ns,
		.actor = ACTOR_NONE,
		.connection = (int16_t)connection->number,
		.ends = {.client = (int16_t)connection->actor[END_CLIENT],
	             .server = (int16_t)connection->actor[END_SERVER],
	             .from = connection->address[END_CLIENT],
	             .to = connection->address[END_SERVER]},
	};
}

static unsigned bucket_of(const struct address *client, const struct address *server)
{
	const struct address *both[2] = {client, server};
	uint32_t hash = 2166136261U; /* FNV-1a */
	for (int i = 0; i < 2; i++) {
		hash = (hash ^ both[i]->port) * 16777619U;
		for (size_t byte = 0; byte < sizeof(both[i]->bytes); byte++)
			hash = (hash ^ both[i]->bytes[byte]) * 16777619U;
	}
	return (hash ^ hash >> 16) % BUCKETS;
}

static struct node *node_find(struct connections *connections, const struct address *client,
                              const struct address *server)
{
	struct node *node = connections->buckets[bucket_of(client, server)];
	while (node != NULL && (!address_equal(&node->connection.address[END_CLIENT], client) ||
	                        !address_equal(&node->connection.address[END_SERVER], server)))
		node = node->older;
	return node;
}

static struct node *node_create(struct connections *connections, const struct address *client,
                                const struct address *server, int64_t time_ns)
{
	if (connections->count >= CONNECTIONS_MOST)
		return NULL;
	struct node *node = arena_alloc(connections->arena, sizeof(*node));
	node->connection = (struct connection){
		.number = (int)connections->count,
		.actor = {ACTOR_NONE, ACTOR_NONE},
		.address = {*client, *server},
	};
	connections->list = arena_grow(connections->arena, connections->list, &connections->capacity,
	                               connections->count + 1, sizeof(*connections->list));
	connections->list[connections->count++] = node;
	struct node **bucket = &connections->buckets[bucket_of(client, server)];
	node->older = *bucket;
	*bucket = node;
	struct waiting *waiting = waiting_add(connections, &node->connection, EVENT_CONNECTION, time_ns);
	waiting->event = connection_event(&node->connection, time_ns);
	return node;
}

struct connection *connections_find(struct connections *connections, const struct address *client,
                                    const struct address *server)
{
	struct address from = address_canonical(client), to = address_canonical(server);
	if (from.port != connections->port && to.port != connections->port)
		return NULL;
	waiting_reserve(connections);
	struct node *node = node_find(connections, &from, &to);
	if (node == NULL)
		node = node_create(connections, &from, &to, 0);
	waiting_emit(connections);
	return node != NULL ? &node->connection : NULL;
}

void connections_assign(struct connections *connections, struct connection *connection, enum end end, int actor)
{
	if (connection->actor[end] == actor)
		return;
	connection->actor[end] = actor;
	/* At once, before what waits: those events name the actor already. */
	struct event event = connection_event(connection, 0);
	connections->emit(connections->context, &event);
}

void connections_socket(struct connections *connections, struct connection *connection, enum end end, uint64_t inode)
{
	(void)connections;
	connection->socket[end] = inode;
}

struct connection *connections_by_socket(struct connections *connections, uint64_t inode, enum end *end)
{
	for (size_t i = inode != 0 ? connections->count : 0; i > 0; i--) {
		struct connection *connection = &connections->list[i - 1]->connection;
		if (connection->socket[END_CLIENT] != inode && connection->socket[END_SERVER] != inode)
			continue;
		if (end != NULL)
			*end = connection->socket[END_CLIENT] == inode ? END_CLIENT : END_SERVER;
		return connection;
	}
	return NULL;
}

struct connection *connections_at(struct connections *connections, int number)
{
	if (number < 0 || (size_t)number >= connections->count)
		return NULL;
	return &connections->list[number]->connection;
}

size_t connections_count(const struct connections *connections)
{
	return connections->count;
}

/* The end that sends.  Where both ports are the test's, an older segment of the connection says, or else this one: a
 * SYN-ACK comes from the server. */
static enum end segment_sender(struct connections *connections, const struct captured *captured,
                               const struct address *from, const struct address *to)
{
	if (from->port != to->port)
		return from->port == connections->port ? END_SERVER : END_CLIENT;
	if (node_find(connections, from, to) != NULL)
		return END_CLIENT;
	if (node_find(connections, to, from) != NULL)
		return END_SERVER;
	return (captured->flags & (SEGMENT_SYN | SEGMENT_ACK)) == (SEGMENT_SYN | SEGMENT_ACK) ? END_SERVER : END_CLIENT;
}

static void segment_add(struct connections *connections, const struct connection *connection, enum end sender,
                        const struct captured *captured, struct tcp_seen seen)
{
	struct waiting *waiting = waiting_add(connections, connection, EVENT_SEGMENT, captured->time_ns);
	waiting->of_end = true;
	waiting->end = sender;
	waiting->event.segment.sender = sender;
	waiting->event.segment.flags = captured->flags;
	waiting->event.segment.sequence = seen.sequence;
	waiting->event.segment.acknowledgment = seen.acknowledgment;
	waiting->event.segment.length = captured->length;
	waiting->event.segment.window = captured->window;
	waiting->event.segment.repeated = seen.repeated;
	waiting->event.segment.source_port = captured->from.port;
	waiting->event.segment.destination_port = captured->to.port;
	if (captured->frame == NULL)
		return;
	waiting->event.data_length =
		captured->frame_length < CONNECTIONS_FRAME ? captured->frame_length : CONNECTIONS_FRAME;
	memcpy(waiting->data, captured->frame, waiting->event.data_length);
}

static void state_add(struct connections *connections, struct connection *connection, enum end end,
                      enum tcp_state state, int64_t time_ns)
{
	if (connection->state[end] == state)
		return;
	connection->state[end] = state;
	struct waiting *waiting = waiting_add(connections, connection, EVENT_STATE, time_ns);
	waiting->of_end = true;
	waiting->end = end;
	waiting->event.state.end = end;
	waiting->event.state.state = state;
}

/* `client` and `server` are the addresses of the ends. */
static void datagram_pass(struct connections *connections, const struct captured *captured, enum end sender,
                          const struct address *client, const struct address *server)
{
	struct node *node = node_find(connections, client, server);
	if (node == NULL)
		node = node_create(connections, client, server, captured->time_ns);
	if (node != NULL)
		segment_add(connections, &node->connection, sender, captured, (struct tcp_seen){0});
	waiting_emit(connections);
}

void connections_segment(struct connections *connections, const struct captured *captured)
{
	struct address from = address_canonical(&captured->from), to = address_canonical(&captured->to);
	if (from.port != connections->port && to.port != connections->port)
		return;
	waiting_reserve(connections);
	enum end sender = segment_sender(connections, captured, &from, &to);
	const struct address *client = sender == END_CLIENT ? &from : &to, *server = sender == END_CLIENT ? &to : &from;
	if (captured->datagram) {
		datagram_pass(connections, captured, sender, client, server);
		return;
	}
	struct tcp_segment segment = {captured->flags, captured->sequence, captured->acknowledgment, captured->length};
	struct node *node = node_find(connections, client, server);
	bool stray = node == NULL && (captured->flags & SEGMENT_RST) != 0;
	if (!stray && (node == NULL || tcp_begins(&node->tcp, sender, &segment)))
		node = node_create(connections, client, server, captured->time_ns);
	if (node == NULL || stray)
		return;
	struct connection *connection = &node->connection;
	struct tcp_seen seen = tcp_pass(&node->tcp, sender, &segment);
	connection->fin[sender] = connection->fin[sender] || (captured->flags & SEGMENT_FIN) != 0;
	connection->reset[sender] = connection->reset[sender] || (captured->flags & SEGMENT_RST) != 0;
	segment_add(connections, connection, sender, captured, seen);
	state_add(connections, connection, sender, node->tcp.side[sender].state, captured->time_ns);
	state_add(connections, connection, !sender, node->tcp.side[!sender].state, captured->time_ns);
	waiting_emit(connections);
}
