/* The registers of a traced thread; per machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Instead of a call's number at its entry: it is passed over, and the result is what is set. */
enum { NUMBER_NONE = -1 };

/* What the call returns, of a thread at a stop behind it. */
bool register_result(pid_t tid, int64_t *result);
/* Of a thread at a syscall-exit stop, or at the entry of a call that is passed over.  False when it cannot be done
 * here. */
bool register_set_result(pid_t tid, int64_t result);
/* Of a thread at a stop in a call: argument 0 to 5.  Programs rely on finding their arguments unchanged afterwards. */
bool register_set_argument(pid_t tid, unsigned index, uint64_t value);
/* At the entry: which call it is. */
bool register_set_number(pid_t tid, int64_t number);
/* At the exit: the call with this number is entered again as soon as the thread goes on. */
bool register_repeat(pid_t tid, int64_t number);

/* Of a thread at a stop for a signal that has cut a call short; false when it was in none. */
struct call_cut {
	uint64_t number, arguments[6], stack;
};
bool registers_cut(pid_t tid, struct call_cut *);
/* There: when the call is about to fail with EINTR though the program does not handle the signal, it goes on.  The
 * kernel of AArch64 has decided by then. */
void registers_go_on(pid_t tid);

/* All of them, as they were. */
enum { REGISTER_WORDS = 64 };
struct registers_kept {
	uint64_t words[REGISTER_WORDS];
	size_t length; /* bytes */
};
bool registers_keep(pid_t tid, struct registers_kept *);
bool registers_put_back(pid_t tid, struct registers_kept *);

struct registers {
	uint64_t instruction, top, frame; /* program counter, stack pointer, frame pointer */
	uint64_t link; /* the return address on machines that have a register for it, else 0 */
};

/* Of a thread at any stop.  False when it cannot be done here. */
bool registers_read(pid_t tid, struct registers *);
/* The same and the call's number and arguments, of a thread at the entry of a call. */
bool registers_of_call(pid_t tid, struct registers *, uint64_t *number, uint64_t arguments[static 6]);
