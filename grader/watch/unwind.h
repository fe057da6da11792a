/* The callers of a kept stack, by the call frame information of the files that were mapped (libdwfl).  Reads files that
 * a student made: to be called in a process that may die of it. */
#pragma once

#include "watch/stacks.h"

#include <elfutils/libdwfl.h>

struct unwinding;

/* `stacks` is borrowed. */
struct unwinding *unwind_open(const struct stacks *);
/* NULL is allowed. */
void unwind_close(struct unwinding *);

/* One frame, the innermost first; `address` lies inside the call.  `program`: in the file that execve(2) started.  False
 * ends the walk. */
typedef bool (*unwind_frame)(void *context, Dwfl_Module *, bool program, uint64_t address);
/* `number` as stacks_keep gave it. */
void unwind_walk(struct unwinding *, uint32_t number, unwind_frame, void *context);
