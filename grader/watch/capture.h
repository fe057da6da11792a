/* Segments of one transport on `lo`, through a packet(7) socket: each once (its copy on the way in is filtered out), in order. */
#pragma once

#include "model/lifecycle.h"
#include "watch/connections.h"

struct capture;

/* Where captured segments wait.  Making a ring costs some 10 ms (the kernel waits for an RCU grace period), so it is
 * for hosts that allow no large socket buffer. */
enum capture_place {
	CAPTURE_BEST, /* the socket's buffer when it may hold what a test sends between two drains, else a ring */
	CAPTURE_BUFFER,
	CAPTURE_RING,
};

/* `port`: only segments from or to it (0: all); of UDP "port unreachable" comes too (RFC 792).  In the current network namespace, where `lo` is up.  NULL with
 * errno. */
struct capture *capture_open(enum transport, uint16_t port);
struct capture *capture_open_in(enum capture_place, enum transport, uint16_t port);
/* From here on it shows these instead, and nothing that came before; what it lost is forgotten.  False with errno. */
bool capture_turn(struct capture *, enum transport, uint16_t port);
/* Hands every segment that is waiting to connections_segment.  Returns how many.  May be called again from what those
 * emit.  A segment larger than the MTU (offloading) counts as one. */
unsigned capture_drain(struct capture *, struct connections *);
/* Readable when segments wait that no drain has begun to take. */
int capture_descriptor(const struct capture *);
/* Segments lost since then. */
uint64_t capture_dropped(struct capture *);
/* NULL is allowed.  Closing waits for the kernel for some 10 ms, with a ring for some 40: do it last. */
void capture_close(struct capture *);
