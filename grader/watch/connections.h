/* Which connection is which: ports, roles, socket inodes, and the TCP state of both ends as RFC 9293 derives it from the
 * segments that passed. */
#pragma once

#include "model/event.h"

struct connection {
	int number;
	int actor[2]; /* by enum end; ACTOR_NONE while unknown */
	struct address address[2]; /* by enum end */
	enum tcp_state state[2]; /* derived */
	uint64_t socket[2]; /* inode of the student's socket at that end, 0 while unknown or when it is the peer's */
	bool fin[2], reset[2]; /* that end sent one */
};

struct connections;

typedef void (*connections_emit)(void *context, struct event *);

/* `port` is the test's.  Emits EVENT_CONNECTION and (derived) EVENT_STATE. */
struct connections *connections_create(uint16_t port, connections_emit, void *context);
void connections_destroy(struct connections *);

/* The one with these addresses, made (and emitted) when it is new and one of the ports is the test's; NULL otherwise. */
struct connection *connections_find(struct connections *, const struct address *client, const struct address *server);
/* A role is known now; emits EVENT_CONNECTION again when that is news. */
void connections_assign(struct connections *, struct connection *, enum end, int actor);
void connections_socket(struct connections *, struct connection *, enum end, uint64_t inode);
/* The one that a student's socket belongs to, or NULL; `end` may be NULL. */
struct connection *connections_by_socket(struct connections *, uint64_t inode, enum end *);
struct connection *connections_at(struct connections *, int number);
size_t connections_count(const struct connections *);

/* One captured TCP segment: finds its connection, emits EVENT_SEGMENT and the states that follow from it. */
struct captured {
	struct address from, to;
	uint8_t flags;
	uint32_t sequence, acknowledgment; /* as on the wire */
	uint16_t window;
	uint32_t length; /* payload bytes */
	int64_t time_ns; /* CLOCK_MONOTONIC */
	const uint8_t *frame; /* the headers as captured, for the pcapng; may be NULL */
	uint32_t frame_length;
};
void connections_segment(struct connections *, const struct captured *);
