/* What the kernel says of a TCP socket: sock_diag(7), inet_diag. */
#pragma once

#include "watch/connections.h"

struct kernel;

/* idiag_timer of inet_diag; sock_diag(7). */
enum kernel_timer { KERNEL_NO_TIMER, KERNEL_RETRANSMITS, KERNEL_KEEPS_ALIVE, KERNEL_TIME_WAIT, KERNEL_PROBES };

struct kernel_socket {
	bool found; /* false: CLOSED */
	enum tcp_state state;
	uint64_t inode; /* 0: no descriptor refers to it (not accepted yet, orphaned, TIME_WAIT) */
	/* Bytes that were not read, and bytes that were not acknowledged (SYN and FIN are not counted, as SIOCINQ of
	 * tcp(7) has it); listener: connections waiting, backlog. */
	uint32_t receive_queue, send_queue;
	uint64_t bytes_received; /* taken from the network, read or not */
	uint32_t unacknowledged; /* segments */
	enum kernel_timer timer; /* the one that runs */
};

/* In the current network namespace.  NULL with errno. */
struct kernel *kernel_open(void);
/* NULL is allowed. */
void kernel_close(struct kernel *);
/* The end of a connection with these addresses: also one that is not accepted yet, in TIME_WAIT, or of a dual-stack
 * socket; never a listener.  False with errno when the kernel gives no answer at all. */
bool kernel_get(struct kernel *, const struct address *local, const struct address *remote, struct kernel_socket *);
/* Ends the end of a connection that has these addresses, at once and in any state; none is no error. */
void kernel_destroy(struct kernel *, const struct address *local, const struct address *remote);
/* Any listening TCP socket on the port, and the address that it is bound to.  `local` may be NULL. */
bool kernel_listener(struct kernel *, uint16_t port, struct kernel_socket *, struct address *local);
/* The addresses of the connection whose socket has this inode: a look at all sockets of the namespace.  False: none. */
bool kernel_addresses(struct kernel *, uint64_t inode, struct address *local, struct address *remote);
/* One end of `connection` as a confirmed EVENT_STATE (number, time and actor left to the caller).  False with errno as
 * kernel_get. */
bool kernel_state_event(struct kernel *, const struct connection *, enum end, struct event *);
