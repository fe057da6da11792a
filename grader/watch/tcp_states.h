/* The TCP states of both ends of a connection (RFC 9293, section 3.3.2 and figure 5), from the segments that pass
 * between them.  A segment counts as received once it was sent: what is watched is one host's loopback.  Pure. */
#pragma once

#include "model/event.h"

struct tcp_span {
	uint32_t from, to; /* sequence numbers, [from, to) */
};

enum { TCP_SPANS = 8 };

struct tcp_side {
	enum tcp_state state;
	bool started; /* its initial sequence number is known */
	bool answered; /* it has sent SYN and ACK together */
	bool acknowledges; /* `acknowledged` is known */
	bool finished; /* it has sent FIN */
	bool finish_received; /* and the other side has it */
	uint32_t initial;
	uint32_t sent; /* everything before it was sent */
	uint32_t acknowledged; /* of the other side's, by what it has sent last */
	uint32_t fin; /* sequence number of its FIN */
	struct tcp_span ahead[TCP_SPANS]; /* sent out of order, behind a gap at `sent` */
	unsigned ahead_count;
};

/* All zero at the start. */
struct tcp_pair {
	struct tcp_side side[2]; /* by enum end */
};

struct tcp_segment {
	uint8_t flags; /* enum segment_flag */
	uint32_t sequence, acknowledgment; /* as on the wire */
	uint32_t length; /* payload bytes */
};

struct tcp_seen {
	uint32_t sequence, acknowledgment; /* relative to the initial numbers; 0 where there is none */
	bool repeated; /* all of it was sent before: a retransmission, a keep-alive or a window probe */
};

/* True when the segment begins another connection with the same addresses (RFC 9293, section 3.6.1: TIME-WAIT may be
 * left by a new SYN), so that the caller has to start from a zeroed pair. */
bool tcp_begins(const struct tcp_pair *, enum end sender, const struct tcp_segment *);
/* Takes one segment: the states after it are in the pair. */
struct tcp_seen tcp_pass(struct tcp_pair *, enum end sender, const struct tcp_segment *);
