/* A TPACKET_V2 ring (packet_mmap): captured frames are read from shared memory, without a system call. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct snapped;

struct ring {
	uint8_t *frames;
	unsigned next;
};

/* On a packet socket that is not bound yet.  False with errno. */
bool ring_make(struct ring *, int descriptor);
void ring_release(struct ring *);
/* False when none waits. */
bool ring_take(struct ring *, struct snapped *);
