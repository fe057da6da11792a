/* The network of one test: a loopback interface that behaves like a wire. */
#pragma once

#include "sandbox/mishap.h"

#include <stdbool.h>

/* The address that stands for "another address of this host" (RFC 5737, TEST-NET-1). */
#define NETWORK_OUTSIDE "192.0.2.1"

struct box_network {
	int proc; /* not its own */
	bool loses;
	bool unset; /* a setting of /proc/sys could not be made: what a connection was like is remembered */
};

/* Sets up the calling process's new network namespace: `lo` up with an MTU of 1500 and no segmentation offloads, so
 * that segments are those a wire would carry; every segment acknowledged at once (`quickack`, ip-route(8)), so that
 * states do not depend on the delayed ACK; NETWORK_OUTSIDE; any port may be bound; nothing is remembered of a peer from
 * one connection to the next (these two where /proc/sys can be written).  With `loses` the kernel sends again what is not
 * acknowledged after some 20 ms rather than 200: segments will be lost on purpose.  `proc` is an open /proc that shows
 * the caller, and stays open. */
bool network_make(struct box_network *, int proc, bool loses, struct mishap *);
/* It is as it was at first: no socket is in it, nor a connection in TIME_WAIT, nor a piece of a datagram. */
bool network_unused(const struct box_network *);
