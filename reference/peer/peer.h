/* The reference peer: plays the roles that the student does not, over kernel sockets of the test's namespace.  All
 * sockets are non-blocking and registered with the caller's epoll; nothing here waits.
 *
 * It always reads what arrives (unless the role is held), so it cannot deadlock with a student that writes while it
 * writes.  What was read goes into the timeline as EVENT_PEER; lines are judged from there. */
#pragma once

#include "model/event.h"
#include "model/plan.h"

struct peer;

struct peer_hooks {
	void *context;
	/* One event (EVENT_PEER, EVENT_CONNECTION through `connect`, …), in order. */
	void (*emit)(void *context, struct event *);
	/* A socket of the reference is about to connect from `client` to `server` (addresses known, nothing sent yet), or
	 * has accepted: which connection is it?  `actor[2]` by enum end; ACTOR_NONE when unknown.  Returns its number. */
	int (*connection)(void *context, const struct address *client, const struct address *server, const int actor[2]);
	/* Called before and after each call on a socket, so that captured segments are emitted in order. */
	void (*drain)(void *context);
	/* Bytes of a DATA with names put in; owned by the hook's context, valid until the next call. */
	const struct data *(*expand)(void *context, const struct data *);
	/* A piece of a segmented send may go: the student has taken the last one and is quiet. */
	bool (*taken)(void *context, int connection);
};

/* `epoll` is borrowed: descriptors are added with data.u64 = PEER_TAG | number.  `outside`: the host's other address, or
 * NULL.  NULL with errno. */
#define PEER_TAG (UINT64_C(1) << 62)
struct peer *peer_create(const struct plan_test *, int epoll, const char *outside, const struct peer_hooks *);
/* Closes everything that is still open.  NULL is allowed. */
void peer_destroy(struct peer *);

/* Begins an action line.  What it presupposes is done first (listen before accept, accept before send, …). */
void peer_begin(struct peer *, const struct line *);
/* True once the line's action is done (or failed); *error is 0 or its errno, *progress its bytes.  A line that waits for
 * something (a full socket buffer, a connection to accept, bytes to receive) is not done. */
bool peer_done(struct peer *, const struct line *, int *error, int64_t *progress);
/* The epoll reported this tag. */
void peer_ready(struct peer *, uint64_t tag);
/* Goes on with what a quiet moment allows: the next piece of a segmented send.  True when something was done. */
bool peer_quiet(struct peer *);
/* Bytes or connections wait that the peer has not taken (poll(2) with no time-out on each socket): not quiet yet. */
bool peer_pending(struct peer *);
/* A held role reads nothing until released. */
void peer_hold(struct peer *, int actor, bool held);
/* Before the student's program of a client starts: every reference server that the test has listens, so that no client
 * is refused that should not be. */
void peer_prepare(struct peer *);
