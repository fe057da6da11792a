/* The network of one test: a loopback interface that behaves like a wire. */
#pragma once

#include "sandbox/mishap.h"

#include <stdint.h>

/* The address that stands for "another address of this host" (RFC 5737, TEST-NET-1). */
#define NETWORK_OUTSIDE "192.0.2.1"

/* Sets up the calling process's new network namespace: `lo` up with an MTU of 1500 and no segmentation offloads, so
 * that segments are those a wire would carry; every segment acknowledged at once (`quickack`, ip-route(8)), so that
 * states do not depend on the delayed ACK; NETWORK_OUTSIDE; any port may be bound.  `buffer_bytes` not 0 fixes the
 * socket buffers in both directions.  With `loses` the kernel sends again what
 * is not acknowledged after some 20 ms rather than 200: segments will be lost on purpose.  `proc` is an open /proc that shows the caller. */
bool network_make(int proc, uint64_t buffer_bytes, bool loses, struct mishap *);
