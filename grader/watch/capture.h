/* Segments on `lo`, through a TPACKET_V2 ring: each once (PACKET_HOST copies are filtered out), in order. */
#pragma once

#include "watch/connections.h"

struct capture;

/* `port`: only segments from or to it (0: all).  In the current network namespace, where `lo` is up.  NULL with
 * errno. */
struct capture *capture_open(uint16_t port);
/* Hands every segment that is waiting to connections_segment; no system call when there is none.  Returns how many.
 * May be called again from what those emit.  A segment larger than the MTU (offloading) counts as one. */
unsigned capture_drain(struct capture *, struct connections *);
/* Readable when segments wait. */
int capture_descriptor(const struct capture *);
/* Segments lost since the start. */
uint64_t capture_dropped(struct capture *);
/* NULL is allowed.  Closing waits for the kernel for some 40 ms: do it last. */
void capture_close(struct capture *);
