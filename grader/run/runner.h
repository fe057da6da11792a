/* One test from its first line to its last, in a process of its own (box.h says which processes there are).
 *
 * One thread, one loop: stops of the traced program, captured segments, the peer's sockets and the program's output
 * become events; the matcher is fed with each event and says which action comes next.  An action is done before the
 * thread whose call made it due goes on.  When everything is quiet, what has not happened will not happen. */
#pragma once

#include "model/plan.h"

#include <stddef.h>

struct plan;

struct capture;
struct kernel;

/* What watches a network: kept from one test to the next, because to make and to close it takes the kernel long. */
struct instruments {
	unsigned network; /* in which they are open (box_network) */
	struct capture *capture; /* NULL on rungs without */
	struct kernel *kernel; /* NULL where the kernel does not answer */
};

/* What a runner gets by fork, and what is its own from then on. */
struct runner_context {
	const struct plan *plan;
	struct instruments instruments;
};

/* A runner_body of sandbox/box.h: `context` is a struct runner_context, `details` a struct variation
 * or NULL.  Events go to `report` as records (event_pack),
 * the last one EVENT_END: not complete when the harness could not, and then its data say why. */
void runner_main(void *context, size_t index, const void *details, int cpu, int report);
