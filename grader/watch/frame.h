/* Ethernet frames of `lo` into segments.  Pure: no length in a frame is trusted. */
#pragma once

#include "watch/connections.h"

/* All headers of a segment: Ethernet 14, IP and TCP at most 60 each (an ICMP error: what it quotes too).  Its payload is known from the calls and the
 * peer. */
enum { SNAP_BYTES = 160 };

/* One captured frame, copied out. */
struct snapped {
	uint8_t bytes[SNAP_BYTES];
	uint32_t length; /* of bytes */
	uint32_t whole; /* of the frame */
	int64_t time_ns; /* CLOCK_REALTIME */
};

enum frame_transport {
	FRAME_OTHER, /* nothing that is followed, or damaged */
	FRAME_TCP,
	FRAME_UDP, /* a datagram whole, or its first fragment, which says how long the whole is; or "port unreachable" */
};

/* `length` bytes were captured of a frame of `whole` bytes.  On FRAME_TCP and FRAME_UDP everything but `time_ns` is filled;
 * `captured->frame` points into the frame, at the IP header, and covers the headers only. */
enum frame_transport frame_parse(const uint8_t *frame, uint32_t length, uint32_t whole, struct captured *);
