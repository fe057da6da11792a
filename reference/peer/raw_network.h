/* Private to raw.c: the raw sockets and the guards. */
#pragma once

#include "model/event.h"

#include <stddef.h>
#include <sys/types.h>

/* Gets a copy of every TCP packet from or to `port`; non-blocking.  -1 with errno. */
int raw_network_tap(uint16_t port);
/* Takes whole IP packets.  -1 with errno. */
int raw_network_out(void);
/* Keeps the kernel from answering what comes to the address (AF_INET), and owns its port; port 0 becomes a free one,
 * which is not `not_port`.  -1 with errno. */
int raw_network_guard(struct address *, uint16_t not_port);
/* Sends one packet to its address. */
void raw_network_send(int out, const struct address *to, const void *packet, size_t length);
