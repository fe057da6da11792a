/* Private to reference/peer/: the ends of connections, the roles and the lines that are being played. */
#pragma once

#include "base/text.h"
#include "peer/peer.h"
#include "peer/raw.h"

#include <stdint.h>
#include <sys/types.h>

struct arena;

enum end_phase {
	END_CONNECTING,
	END_OPEN,
	END_CLOSED,
};

/* One end of a connection, played by the reference. */
struct peer_end {
	uint32_t number; /* in peer->ends, and its epoll tag */
	int descriptor; /* -1: closed, or not the kernel's */
	struct raw_end *raw; /* network: raw; NULL */
	int actor, other; /* other: ACTOR_NONE while unknown */
	enum end end;
	int connection;
	struct address address[2]; /* by enum end */
	enum end_phase phase;
	bool claimed; /* an `accept` line has asked for it */
	bool stopped; /* nothing more is read from it */
	bool ended; /* read(2) returned 0 or failed: nothing more comes */
	bool reset; /* an RST was reported by a write: the 0 that read(2) returns next is none */
	int error; /* errno of connect(2) or read(2) */
	uint64_t read_bytes; /* from the kernel */
	uint64_t received_bytes; /* of these, taken by `receive` lines */
	uint64_t arrived, taken; /* UDP: datagrams, and those of them that `receive` and `drop` lines have taken */
	struct text unreceived; /* the rest, kept only where a line receives a pattern */
	struct text joined; /* of sends that go together with the next: model/variation.h */
	uint64_t turn; /* the highest of a role's ends is "the connection" */
	const struct action *writer, *reader; /* the line whose turn it is */
};

struct role {
	int actor;
	bool played; /* by the reference */
	bool held;
	bool resumes, crashes; /* released, crashed: carried out at the end of the outermost call */
	bool keeps_bytes; /* some line of it receives a pattern */
	uint64_t asked_bytes; /* what the lines ask of a connection to it, at most */
	bool full; /* accept(2) failed for want of descriptors or memory */
	int listener; /* -1: none; over UDP the server's socket */
};

/* A line that the reference plays. */
struct action {
	const struct line *line;
	bool begun, done;
	int error;
	int64_t progress;
	struct peer_end *end; /* NULL until it is known */
	const uint8_t *bytes; /* send */
	size_t length; /* send */
	size_t piece, piece_end; /* send: number of the piece being sent, and the offset behind it */
	bool waits; /* send: the next piece may not go yet */
	bool quiet; /* receive of a pattern: nothing more comes for now, so that a match is as long as it gets */
	uint64_t looked_at; /* receive of a pattern: bytes read when it was last tried, plus 1 */
};

struct peer {
	const struct plan_test *test;
	struct peer_hooks hooks;
	struct arena *arena;
	int epoll;
	char *outside; /* NULL */
	struct raw *raw; /* the reference's own TCP; NULL: the kernel's is used */
	struct role *roles; /* by actor */
	struct action *actions; /* by line */
	struct action **active; /* begun and not done, in the order begun */
	size_t active_count, active_capacity;
	struct peer_end **ends;
	size_t end_count, end_capacity;
	size_t open_count;
	uint64_t turns;
	uint64_t read_bytes;
	unsigned depth; /* of calls into the peer; deeper ones leave the work to the outermost */
	uint8_t *buffer; /* PEER_READ_BYTES */
};

#define PEER_READ_BYTES ((size_t)64 * 1024)
/* Bytes over which a pattern is looked for at most: judge/fit.h. */
#define PEER_PATTERN_BYTES ((size_t)64 * 1024)
/* Bytes that nobody asked for and that are read all the same, however much has happened. */
#define PEER_SPARE_BYTES ((size_t)64 * 1024)

/* Tags of listeners lie behind those of ends. */
#define PEER_TAG_LISTENER (UINT64_C(1) << 32)
#define PEER_TAG_RAW (UINT64_C(1) << 33)

void peer_drain(struct peer *);
/* Drains, then emits EVENT_PEER; `end` NULL for a listening socket. */
void peer_emit(struct peer *, int actor, const struct peer_end *, enum peer_call, int64_t result, const void *data,
               size_t length);
/* Edge-triggered, for all that can happen; called again, it makes the epoll report what is there by now. */
bool peer_watch(struct peer *, int descriptor, uint64_t tag, bool again);

/* end.c: the calls on one end.  Each emits its EVENT_PEER. */

/* `buffers:` of the test, also on hosts where its namespace cannot be told. */
void peer_limit_buffers(const struct peer *, int descriptor);
/* A new end in END_CLOSED. */
struct peer_end *peer_end_create(struct peer *, int actor, int other, enum end);
/* socket, bind, connect: afterwards the end is END_CONNECTING, END_OPEN, or END_CLOSED with its error. */
void peer_end_connect(struct peer *, struct peer_end *, const char *host);
/* The end of an accepted descriptor, which it owns from now on. */
void peer_end_accepted(struct peer *, struct peer_end *, int descriptor);
/* Finds out whether a connection attempt has ended by now. */
void peer_end_settle(struct peer *, struct peer_end *);
/* Binds a socket to a free port of the address that is going to be reached.  0 or errno. */
int peer_end_bind(struct peer *, struct peer_end *);
/* Gives it the number of its connection: the addresses are known by now. */
void peer_end_number(struct peer *, struct peer_end *);
/* The attempt to connect has failed. */
void peer_end_failed(struct peer *, struct peer_end *, int error);
/* Reads what is there; nothing while its role is held. */
void peer_end_read(struct peer *, struct peer_end *);
/* It stands still, or has read all that it is to read. */
bool peer_end_reads_no_more(const struct peer *, const struct peer_end *);
/* One send(2); `more`: nothing goes out before the next call, as with MSG_MORE.  The bytes taken, 0 when the buffer is full, or -errno. */
ssize_t peer_end_write(struct peer *, struct peer_end *, const void *bytes, size_t length, bool more);
/* 0 or errno. */
int peer_end_shutdown(struct peer *, struct peer_end *);
/* FIN when everything was read (which is tried first), else what the kernel makes of it.  0 or errno. */
int peer_end_close(struct peer *, struct peer_end *);
int peer_end_reset(struct peer *, struct peer_end *);

/* The end of a connection of the reference's own TCP that came to a listener. */
void peer_end_accepted_raw(struct peer *, struct peer_end *, struct raw_end *);

/* role.c */

/* Listens, unless it does so already.  0 or errno. */
int peer_role_listen(struct peer *, struct role *);
/* Takes the connections that wait, unless the role is held. */
void peer_role_accept(struct peer *, struct role *);
/* "The connection" with `other` (ACTOR_NONE: any), or NULL.  `unclaimed`: the oldest that no accept line claimed. */
struct peer_end *peer_role_end(struct peer *, const struct role *, int other, bool unclaimed);
/* Is the end one of a connection with this actor (ACTOR_NONE: with anybody)? */
bool peer_end_is_with(struct peer *, struct peer_end *, int other);
/* Who is at the client's end of these addresses; ACTOR_NONE while unknown. */
int peer_other_of(const struct peer *, const struct role *, const struct address address[static 2]);
/* Makes it "the connection". */
void peer_role_choose(struct peer *, struct peer_end *);

/* action.c */

void peer_action_begin(struct peer *, const struct line *);
void peer_action_finish(struct action *, int error);
/* Goes on with every line that has begun, until none gets further; forgets those that are done. */
void peer_actions_advance(struct peer *);

/* datagrams.c: what the calls on an end are over UDP, which has no connections. */

bool peer_datagrams(const struct peer *);
/* What a server's socket needs before it is bound. */
bool peer_datagrams_listen(int descriptor, int family);
/* socket and bind, and connect(2) where a line asks for that; no event without it.  END_OPEN, or END_CLOSED. */
void peer_datagrams_open(struct peer *, struct peer_end *, const char *host, bool connects);
/* Reads what is there; nothing while the role is held. */
void peer_datagrams_read(struct peer *, struct peer_end *);
void peer_datagrams_read_role(struct peer *, struct role *);
/* A `send`, which ends at once. */
void peer_datagrams_send(struct peer *, struct action *);
/* A `receive` or `drop`: ends when a datagram is there that none has taken. */
void peer_datagrams_take(struct peer *, struct action *);
/* Of a server: its only socket, and with it every end. */
int peer_datagrams_close(struct peer *, struct peer_end *);
int peer_datagrams_close_role(struct peer *, struct role *);

/* send.c, receive.c: once more, as far as it goes. */
void peer_action_send(struct peer *, struct action *);
void peer_action_receive(struct peer *, struct action *);
/* The bytes of the line's DATA with names put in; valid until the next call. */
const struct data *peer_action_data(struct peer *, const struct action *);
