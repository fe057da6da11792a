/* The registers that matter here; per machine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of a thread at a syscall-exit stop.  False when it cannot be done here. */
bool register_set_result(pid_t tid, int64_t result);

struct registers {
	uint64_t instruction, top, frame; /* program counter, stack pointer, frame pointer */
	uint64_t link; /* the return address on machines that have a register for it, else 0 */
};

/* Of a thread at any stop.  False when it cannot be done here. */
bool registers_read(pid_t tid, struct registers *);
