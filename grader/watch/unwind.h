/* The callers of a kept stack, by the call frame information of the files that were mapped (libdwfl), or by Go's own
 * table.  Reads files that a student made: to be called in a process that may die of it. */
#pragma once

#include "watch/go_table.h"
#include "watch/stacks.h"

#include <elfutils/libdwfl.h>

struct unwinding;

/* `stacks` is borrowed. */
struct unwinding *unwind_open(const struct stacks *);
/* NULL is allowed. */
void unwind_close(struct unwinding *);

/* Where a frame's code is; `address` lies inside the call. */
struct unwound {
	Dwfl_Module *module; /* NULL: in Go's */
	const struct go_table *go; /* then `address` is one in the file */
	bool program; /* in the file that execve(2) started */
	uint64_t address;
};

/* One frame, the innermost first.  False ends the walk. */
typedef bool (*unwind_frame)(void *context, const struct unwound *);
/* `number` as stacks_keep gave it. */
void unwind_walk(struct unwinding *, uint32_t number, unwind_frame, void *context);
