/* The reference's own TCP on the test's loopback: raw sockets around tcp/tcb.h.  CAP_NET_RAW is all that it needs, so it
 * works in a default container: no netem, no nftables, no /dev/net/tun.
 *
 * Theory of operation.  Segments go out through a raw socket that takes whole IP packets (IP_HDRINCL), and come in
 * through one that gets a copy of every TCP packet of the host (raw(7)).  The host's kernel knows nothing of these
 * connections and would answer their segments by RST; a *guard* keeps it quiet: a listening socket on the same address
 * and port whose IP_MINTTL is 255 (ip(7)), so that what comes with the usual TTL of 64 is dropped without a word.  The
 * guard also owns the port.  A client's guard has its ephemeral port, a server's the test's; whoever has closed keeps
 * the guard until the end, and it is this TCP that then answers by RST.
 *
 * There is no clock but for `delay:` and for segments that got lost unasked; a segment that the spec lost is sent again
 * as soon as everything is quiet.  IPv4 only.
 *
 * The calls on one end are those of sockets: -1 with errno. */
#pragma once

#include "model/event.h"
#include "model/lifecycle.h"
#include "tcp/tcb.h"

#include <sys/types.h>

struct raw;

struct raw_end {
	struct raw *raw;
	struct tcb tcb;
	struct address local, remote;
	int actor;
	int guard; /* a client's; -1 */
	void *user; /* the caller's */
	bool unaccepted; /* came to the listener, and raw_accept has not given it out */
	bool shaped; /* a rule has met it: what passes no longer says how it stands */
	enum tcp_state told; /* the state that was told last */
	bool lost; /* something was lost on purpose: the timer goes off as soon as all is quiet */
	unsigned tries; /* retransmissions since the other side was heard last */
	int64_t sent_ns; /* when something that has to be acknowledged went out last */
};

struct raw_hooks {
	void *context;
	/* A segment was lost, repeated, kept back or reordered by a rule of the spec; `words` say which: "DATA 3". */
	void (*shaped)(void *context, struct raw_end *, enum peer_call, const char *words);
	/* An end that a rule has met is in another state. */
	void (*state)(void *context, struct raw_end *, enum tcp_state);
};

/* `port` is the test's: segments between other ports are not seen.  `epoll` (borrowed) reports `tag` when raw_ready has
 * something to do.  `buffer_bytes` is what an end keeps unread at most; 0: as much as a window can offer.  NULL with
 * errno: EPERM without CAP_NET_RAW. */
struct raw *raw_create(uint16_t port, uint64_t seed, uint64_t buffer_bytes, int epoll, uint64_t tag,
                       const struct raw_hooks *);
/* Ends everything without a word.  NULL is allowed. */
void raw_destroy(struct raw *);

/* Takes in what has arrived and sends what follows from it, as a kernel does in between.  May call the hooks. */
void raw_work(struct raw *);
/* What was read, accepted or ended may be news since this was called last; that is taken back by calling it. */
bool raw_news(struct raw *);
bool raw_has_news(const struct raw *);
/* All is quiet: sends what was kept back for others that do not come, and again what was lost.  True when it did. */
bool raw_quiet(struct raw *);
/* How long until it will do something by itself; -1: nothing is to come. */
int64_t raw_patience_ns(const struct raw *);

/* A rule of the spec for the role's next segments: a step of a verb that shapes, or `connect: simultaneous`. */
void raw_shape(struct raw *, const struct step *, int actor);
/* The end with these addresses, the latest; NULL: none. */
struct raw_end *raw_find(const struct raw *, const struct address *local, const struct address *remote);
/* From now on the ends of the role offer no more than that. */
void raw_limit_window(struct raw *, int actor, uint32_t bytes);
/* The end does not offer anything: what waits for its window waits for ever. */
bool raw_window_closed(const struct raw_end *);

/* A descriptor that is open as long as the caller wants to listen (close(2) alone does not end that), or -1 with errno.
 * Once one actor listens, for another the port is in use. */
int raw_listen(struct raw *, int actor);
/* The role is gone; its port refuses from now on. */
void raw_unlisten(struct raw *, int actor);
/* The oldest connection that was set up and not given out; NULL: none. */
struct raw_end *raw_accept(struct raw *, int actor);
/* An end with a port of its own, which `local` then has; nothing is sent yet.  NULL with errno. */
struct raw_end *raw_bind(struct raw *, int actor, const struct address *server);
void raw_connect(struct raw_end *);
/* Whether the attempt has ended; *error is 0 or errno. */
bool raw_connected(const struct raw_end *, int *error);
ssize_t raw_receive(struct raw_end *, void *into, size_t room);
/* `more`: nothing goes out before the next call. */
ssize_t raw_send(struct raw_end *, const void *bytes, size_t length, bool more);
bool raw_has_room(const struct raw_end *);
int raw_shutdown(struct raw_end *);
/* FIN, or RST where something lies unread or `reset` asks for it; also behind an earlier FIN. */
int raw_close(struct raw_end *, bool reset);
