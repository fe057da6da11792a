/* The reference peer: plays the roles that the student does not, over kernel sockets of the test's namespace.  All
 * sockets are non-blocking, close-on-exec and registered with the caller's epoll; nothing here waits.
 *
 * It always reads what arrives (unless the role is held), so it cannot deadlock with a student that writes while it
 * writes.  What was read goes into the timeline as EVENT_PEER; lines are judged from there.
 *
 * Each connection attempt and each accepted connection is one end.  A line means the connection with its `other` actor
 * (ACTOR_NONE: with anybody): the open end that was made, or claimed by an `accept` line, last. */
#pragma once

#include "model/event.h"
#include "model/plan.h"

struct peer;

/* A hook may call back into the peer: what it begins there is carried out before the outermost call returns.
 * `drain`, `expand`, `taken` and `actor` may be NULL. */
struct peer_hooks {
	void *context;
	/* One event (EVENT_PEER), in order; its data are valid during the call. */
	void (*emit)(void *context, struct event *);
	/* A socket of the reference is about to connect from `client` to `server` (addresses known, nothing sent yet),
	 * or has accepted: which connection is it?  `actor[2]` by enum end; ACTOR_NONE when unknown.  Returns its
	 * number. */
	int (*connection)(void *context, const struct address *client, const struct address *server, const int actor[2]);
	/* Called before and after each call on a socket, so that captured segments are emitted in order. */
	void (*drain)(void *context);
	/* Bytes of a DATA with names put in; owned by the hook's context, valid until the next call. */
	const struct data *(*expand)(void *context, const struct data *);
	/* A piece of a segmented send may go: the student has taken the last one and is quiet. */
	bool (*taken)(void *context, int connection);
	/* Who is at that end of a connection, where the peer cannot know it: which of several clients of the student
	 * connected.  ACTOR_NONE while unknown; it is asked again when a line needs it. */
	int (*actor)(void *context, int connection, enum end);
	/* So much has happened that only what the lines ask for is still read: who writes without end is to come to rest in
	 * its write(2) rather than to fill the timeline.  NULL: never. */
	bool (*crowded)(void *context);
};

/* Ceilings of one test: bytes read (the peer stops reading there), and open ends (more are not accepted). */
#define PEER_BYTES ((uint64_t)64 << 20)
#define PEER_ENDS 4096

/* `epoll` is borrowed: descriptors are added edge-triggered with data.u64 = PEER_TAG | number.  `outside`: the host's
 * other address as text (copied), or NULL.  NULL with errno. */
#define PEER_TAG (UINT64_C(1) << 62)
struct peer *peer_create(const struct plan_test *, int epoll, const char *outside, const struct peer_hooks *);
/* Closes everything that is still open, silently.  NULL is allowed. */
void peer_destroy(struct peer *);

/* Begins an action line.  What it presupposes is done first: a server listens before it accepts and accepts before it
 * sends, a client connects before it sends.  Verbs that ask nothing of the reference (`silent`, `idle`, `exit`, …) are
 * done at once. */
void peer_begin(struct peer *, const struct line *);
/* True once the line's action is done (or failed); *error is 0 or its errno, *progress its bytes so far.  A line that
 * waits for something (a full socket buffer, a connection to accept, bytes to receive) is not done.  `receive` is done
 * when its bytes are there (a pattern: when it matches behind what earlier lines received), or the stream has ended. */
bool peer_done(struct peer *, const struct line *, int *error, int64_t *progress);
/* The epoll reported this tag. */
void peer_ready(struct peer *, uint64_t tag);
/* Over UDP: a program has sent a datagram on this connection (CONNECTION_NONE: on one that is not known).  It has arrived, and
 * is read before the program goes on; not by a role that is held. */
void peer_sent_to(struct peer *, int connection);
/* Goes on with what a quiet moment allows: the next piece of a segmented send, a pattern that matches up to the last
 * byte there is, lines whose connection the `actor` hook can name by now.  True when something was done. */
bool peer_quiet(struct peer *);
/* Bytes or connections wait that the peer has not taken (poll(2) with no time-out on all sockets): not quiet yet.  The
 * epoll will report them. */
bool peer_pending(struct peer *);
/* In a test with `network: raw` the reference's roles have a TCP of their own (peer/raw.h), whose work a kernel would do
 * in between: it is called wherever the timeline takes in what was captured, before that.  NULL is allowed. */
void peer_network(struct peer *);
/* How long until the reference's own TCP does something by a timer of its own, in peer_quiet; -1: it does not. */
int64_t peer_patience_ns(const struct peer *);
/* How an end of the reference's own TCP stands, of which the kernel knows nothing.  False: it has no such end. */
struct peer_end_now {
	enum tcp_state state;
	bool held; /* its role has not closed it */
	uint32_t receive_queue, send_queue; /* bytes */
	bool window_closed; /* it offers nothing: what waits for its window waits for ever */
};
bool peer_end_state(const struct peer *, const struct address *local, const struct address *remote,
                    struct peer_end_now *);
/* A held role reads and accepts nothing until released. */
void peer_hold(struct peer *, int actor, bool held);
/* The role ends like a program that is killed: the kernel closes its sockets, listening ones too.  Its unfinished lines
 * end with ECANCELED. */
void peer_crash(struct peer *, int actor);
/* Before the student's program of a client starts: every reference server that the test names has to listen, so that no
 * client is refused that should not be.  A server with a `listen` line of its own waits for that line. */
void peer_prepare(struct peer *);
