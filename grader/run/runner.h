/* One test from its first line to its last, in a process of its own (box.h says which processes there are).
 *
 * One thread, one loop: stops of the traced program, captured segments, the peer's sockets and the program's output
 * become events; the matcher is fed with each event and says which action comes next.  An action is done before the
 * thread whose call made it due goes on.  When everything is quiet, what has not happened will not happen. */
#pragma once

#include "model/plan.h"

#include <stddef.h>

struct plan;

/* What a runner gets by fork. */
struct runner_context {
	const struct plan *plan;
};

/* A runner_body of sandbox/box.h: `context` is a struct runner_context, `details` a struct variation
 * or NULL.  Events go to `report` as records (event_pack),
 * the last one EVENT_END: not complete when the harness could not, and then its data say why. */
int runner_main(void *context, size_t index, const void *details, int cpu, int report);
