/* What the kernel says of a TCP socket: sock_diag(7), inet_diag, exact gets only. */
#pragma once

#include "watch/connections.h"

struct kernel;

struct kernel_socket {
	bool found; /* false: CLOSED */
	enum tcp_state state;
	uint64_t inode; /* 0: no descriptor refers to it (not accepted yet, orphaned, TIME_WAIT) */
	uint32_t receive_queue, send_queue; /* listener: connections waiting, backlog */
	uint64_t bytes_received; /* tcpi_bytes_received: taken from the network, read or not */
	uint32_t unacknowledged; /* segments */
};

/* In the current network namespace.  NULL with errno. */
struct kernel *kernel_open(void);
void kernel_close(struct kernel *);
/* The end of a connection with these addresses.  False with errno when the kernel gives no answer at all. */
bool kernel_get(struct kernel *, const struct address *local, const struct address *remote, struct kernel_socket *);
/* Any listening TCP socket on the port.  `local` may be NULL. */
bool kernel_listener(struct kernel *, uint16_t port, struct kernel_socket *, struct address *local);
/* One end of `connection` as a confirmed EVENT_STATE (number, time and actor left to the caller). */
bool kernel_state_event(struct kernel *, const struct connection *, enum end, struct event *);
