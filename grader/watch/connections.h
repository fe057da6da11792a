/* Which connection is which: ports, roles, socket inodes, and the TCP state of both ends as RFC 9293 derives it from
 * the segments that passed.  Over UDP, which has none, a connection is a pair of addresses that datagrams passed
 * between. */
#pragma once

#include "model/event.h"

struct connection {
	int number;
	int actor[2]; /* by enum end; ACTOR_NONE while unknown */
	struct address address[2]; /* by enum end; canonical */
	enum tcp_state state[2]; /* derived */
	uint64_t socket[2]; /* inode of the student's socket at that end, 0 while unknown or when it is the peer's */
	bool fin[2], reset[2]; /* that end sent one */
	bool over[2]; /* the kernel has said that the end is closed and nobody holds it: that lasts */
};

struct connections;

/* May call any function of this header (and capture_drain) again: events stay in order.  The event's data are valid
 * during the call only.  `time_ns` is 0 where no segment gives it. */
typedef void (*connections_emit)(void *context, struct event *);

/* Connections of one test; segments and addresses past them are not followed. */
enum { CONNECTIONS_MOST = 8192 };
/* Bytes of a segment's headers that its EVENT_SEGMENT keeps as data. */
enum { CONNECTIONS_FRAME = 128 };

/* `port` is the test's.  Emits EVENT_CONNECTION, EVENT_SEGMENT and (derived) EVENT_STATE. */
struct connections *connections_create(uint16_t port, connections_emit, void *context);
/* NULL is allowed. */
void connections_destroy(struct connections *);

/* The latest one with these addresses, made (and emitted) when it is new and one of the ports is the test's; NULL
 * otherwise. */
struct connection *connections_find(struct connections *, const struct address *client, const struct address *server);
/* A role is known now; emits EVENT_CONNECTION again when that is news. */
void connections_assign(struct connections *, struct connection *, enum end, int actor);
void connections_socket(struct connections *, struct connection *, enum end, uint64_t inode);
/* The latest one that a student's socket belongs to, or NULL; `end` may be NULL. */
struct connection *connections_by_socket(struct connections *, uint64_t inode, enum end *);
/* NULL when there is none of that number. */
struct connection *connections_at(struct connections *, int number);
size_t connections_count(const struct connections *);

/* One captured TCP segment or UDP datagram: finds its connection, emits EVENT_SEGMENT and the states that follow from it.  A SYN that
 * uses the addresses of a connection that is over begins a new one.  Segments from and to other ports are passed
 * over. */
struct captured {
	struct address from, to;
	uint8_t flags;
	uint32_t sequence, acknowledgment; /* as on the wire */
	uint16_t window;
	uint32_t length; /* payload bytes */
	bool datagram; /* UDP: no flags (but SEGMENT_UNREACHABLE), no numbers, no states */
	int64_t time_ns; /* CLOCK_MONOTONIC */
	const uint8_t *frame; /* the headers as captured, from the IP header on, for the pcapng; may be NULL */
	uint32_t frame_length;
};
void connections_segment(struct connections *, const struct captured *);

/* An IPv4 address that a dual-stack socket shows as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2) becomes AF_INET; the
 * bytes that the family does not use become 0. */
struct address address_canonical(const struct address *);
bool address_equal(const struct address *, const struct address *);
