/* One end of a TCP connection: the state machine of RFC 9293, section 3.10, as functions on plain data.  There is no
 * socket and no clock in it.  Whoever drives it
 *
 *   gives it what a program calls (open, send, receive, close, abort),
 *   gives it the segments that arrive (tcb_arrives),
 *   says when a timer has gone off (tcb_retransmit, tcb_probe, tcb_give_up, tcb_expire),
 *   and after each of these takes the segments that are due (tcb_next) until there is none.
 *
 * It acknowledges every segment at once, sends what the other side's window takes without waiting for more (no Nagle,
 * RFC 1122 section 4.2.3.4), has no congestion window (a loopback has no congestion) and offers no option but the
 * Maximum Segment Size. */
#pragma once

#include "base/text.h"
#include "model/tcp.h"
#include "tcp/reassembly.h"
#include "tcp/segment.h"

#include <stdbool.h>
#include <stdint.h>

/* What has ended a connection from outside. */
#define TCB_FAULTS(X)                                                                                                  \
	X(TCB_SOUND, "none")                                                                                               \
	X(TCB_REFUSED, "refused") /* RST in answer to SYN */                                                               \
	X(TCB_RESET, "reset") /* RST */                                                                                    \
	X(TCB_TIMED_OUT, "timed out") /* tcb_give_up */
NAMES_DECLARE(tcb_fault, TCB_FAULTS)

enum {
	TCB_WINDOW_MOST = 65535,
	TCB_SEND_BYTES = 256 * 1024, /* kept until they are acknowledged */
	TCB_CUTS = 256, /* segments in flight whose ends are remembered */
};

/* Transmission Control Block: RFC 9293, section 3.3.1. */
struct tcb {
	enum tcp_state state;
	enum tcb_fault fault;
	bool passive; /* opened by a segment that came to LISTEN */
	bool orphan; /* the program has closed it: nobody will read */

	uint32_t iss; /* initial send sequence number */
	uint32_t snd_una; /* sent, not acknowledged */
	uint32_t snd_nxt;
	uint32_t snd_wnd, snd_wl1, snd_wl2; /* the other side's window, and the segment that gave it */
	uint16_t snd_mss; /* payload of a segment at most */
	struct text unacknowledged; /* the program's bytes from snd_una on, sent or not; SYN and FIN are not among them */
	uint32_t cuts[TCB_CUTS]; /* where each segment in flight ends, a ring */
	unsigned cut_first, cut_count;
	bool fin_wanted; /* FIN follows the last byte */
	bool fin_sent;

	uint32_t irs; /* initial receive sequence number */
	uint32_t rcv_nxt;
	uint32_t rcv_edge; /* behind the last number that was ever offered */
	uint32_t rcv_buffer; /* bytes that are kept unread */
	uint32_t rcv_most; /* the window is never opened further than this */
	uint16_t rcv_mss; /* told to the other side */
	struct text unread; /* received in order */
	struct reassembly ahead;
	bool fin_known; /* at fin_at, perhaps ahead of a gap */
	uint32_t fin_at;
	bool fin_received; /* in order */

	bool syn_due, ack_due, reset_due, resend_due, probe_due;
	bool answer_due; /* `answer` goes out before anything else */
	struct segment answer; /* only numbers and flags: RST for what should not have come, a repeated ACK */
};

/* Fresh, in CLOSED.  `rcv_buffer` at most TCB_WINDOW_MOST is what it keeps unread, `rcv_mss` what one segment to it may
 * carry. */
void tcb_init(struct tcb *, uint32_t iss, uint32_t rcv_buffer, uint16_t rcv_mss);
/* Frees its buffers; NULL is allowed. */
void tcb_release(struct tcb *);

/* OPEN (section 3.10.1), from CLOSED. */
void tcb_listen(struct tcb *);
void tcb_connect(struct tcb *);
/* SEND: as many of the bytes as there is room for; what is not sent yet waits.  Allowed from SYN-SENT on.  -1 when the
 * connection is over or its FIN is asked for. */
int64_t tcb_send(struct tcb *, const void *bytes, size_t length);
/* RECEIVE: takes up to `room` bytes, which opens the window again.  0 when there are none: see tcb_at_end. */
size_t tcb_receive(struct tcb *, void *into, size_t room);
/* All bytes were received and FIN behind them. */
bool tcb_at_end(const struct tcb *);
/* CLOSE (section 3.10.4): FIN follows what was sent. */
void tcb_close(struct tcb *);
/* The program is gone: what arrives for it from now on is answered by RST (RFC 1122, section 4.2.2.13). */
void tcb_orphan(struct tcb *);
/* ABORT (section 3.10.5): RST if there is somebody to send it to, and CLOSED. */
void tcb_abort(struct tcb *);

/* SEGMENT ARRIVES (section 3.10.7), in any state; in CLOSED it is answered by RST.  Addresses and ports are the
 * caller's matter. */
void tcb_arrives(struct tcb *, const struct segment *);

/* The window is never opened further than `bytes` from now on; the other side is told at once.  0 closes it, though that
 * takes back what was offered (section 3.8.6: discouraged, and to be coped with). */
void tcb_limit_window(struct tcb *, uint32_t bytes);
/* What the next segment will offer. */
uint32_t tcb_window(const struct tcb *);

/* True while something that it has sent is not acknowledged. */
bool tcb_in_flight(const struct tcb *);
/* True when only the other side's closed window keeps it from sending. */
bool tcb_blocked(const struct tcb *);
/* The retransmission timer (RFC 6298): the first segment in flight is due again.  False when none is. */
bool tcb_retransmit(struct tcb *);
/* The persist timer (section 3.8.6.1): one byte, whatever the window.  False when nothing waits for the window. */
bool tcb_probe(struct tcb *);
/* The user time-out (section 3.8.3). */
void tcb_give_up(struct tcb *);
/* 2 MSL have passed: TIME-WAIT ends. */
void tcb_expire(struct tcb *);

/* The next segment that is due; numbers, flags, window, option and data are filled, addresses and ports are not.  The
 * data are valid until the next call.  False when nothing is due. */
bool tcb_next(struct tcb *, struct segment *);
