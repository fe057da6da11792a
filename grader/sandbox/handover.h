/* What a set-up process tells the one that started it: that it failed and why, or a descriptor. */
#pragma once

#include "sandbox/mishap.h"

#include <stddef.h>

/* A connected pair of SOCK_SEQPACKET sockets, close-on-exec.  False with errno. */
bool handover_pair(int pair[static 2]);
/* Sends one message, and a descriptor with it when `descriptor` >= 0.  False with errno. */
bool handover_send(int socket, const void *bytes, size_t length, int descriptor);
/* Waits for one message of at most `length` bytes.  *descriptor becomes what came with it (close-on-exec) or -1; NULL:
 * none is expected.  Returns the message's length, 0 when the other end is gone, -1 with errno. */
long handover_receive(int socket, void *bytes, size_t length, int *descriptor);

/* A set-up process's last word: success with a descriptor (or -1), or why not. */
bool handover_done(int socket, int descriptor);
void handover_failed(int socket, const struct mishap *);
/* Waits for it.  False with the mishap that was told, or that there was none. */
bool handover_wait(int socket, const char *who, int *descriptor, struct mishap *);
