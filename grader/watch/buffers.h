/* Small socket buffers (`buffers:` of a test) for programs that are traced.
 *
 * Who does not own the network cannot tell it how large buffers are; only a socket can be told (socket(7)).  So the
 * thread that has made a TCP socket makes two calls more before it goes on: setsockopt(2) with SO_RCVBUF and SO_SNDBUF.
 * Nothing is told of them, and registers, memory and signals are afterwards as they would be without.  Connections that
 * are accepted have their listener's buffers.  What the program itself asks for later counts, as it would anywhere. */
#pragma once

#include "watch/registers.h"

struct thread;
struct tracer;

/* The calls that a thread makes besides its own. */
struct buffering {
	unsigned done; /* of them; 0: the thread is not about it */
	int64_t descriptor;
	struct registers_kept registers;
	uint64_t word, signals; /* at the top of its stack; blocked */
};

/* The thread stands at the exit of thread->entry, or of a call of these.  True: it has to make another one, which begins
 * when it is let go.  False: *result is that of its own call. */
bool buffers_limit(struct tracer *, struct thread *, int64_t *result);
