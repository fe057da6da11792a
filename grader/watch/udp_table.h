/* The addresses of a UDP socket: /proc/net/udp and udp6, proc_pid_net(5).  (Netlink's udp_diag is a module of its own,
 * which a container may not have.) */
#pragma once

#include "model/event.h"

struct udp_socket {
	uint64_t inode;
	struct address local, remote; /* canonical; port 0: not bound, not connected */
};

/* In the current network namespace.  False when there is no such socket. */
bool udp_table_find(uint64_t inode, struct udp_socket *);
/* Some socket is bound to the port. */
bool udp_table_bound(uint16_t port);
