/* When a blocked call ends by itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SECOND_NS INT64_C(1000000000)
#define MS_NS INT64_C(1000000)

/* CLOCK_MONOTONIC. */
int64_t clock_now(void);
/* From now to a time of that clock, in ns; negative when it has passed, 0 when there is no such clock. */
int64_t clock_remaining(clockid_t, int64_t absolute_ns);
/* The struct timespec (`micro`: timeval) at the address, in ns; `otherwise` when the address is 0 or bad. */
int64_t memory_time(pid_t tid, uint64_t address, bool micro, int64_t otherwise);

enum wake {
	WAKE_UNKNOWN, /* a call that is not known to wait, or its time-out cannot be read */
	WAKE_NEVER, /* only what somebody does ends it */
	WAKE_AFTER, /* *ns after it was entered */
	WAKE_AT, /* at *ns, CLOCK_MONOTONIC */
	WAKE_RESUMED, /* it goes on with a call that a signal interrupted: restart_syscall(2) */
};

/* In this call a thread stands still, uninterruptibly, until its child has begun another program or ended: vfork(2). */
bool call_lends(uint64_t number, const uint64_t arguments[static 6]);

/* What ends the call `number` besides what somebody does.  The thread sleeps in it. */
enum wake call_wake(pid_t tid, uint64_t number, const uint64_t arguments[static 6], int64_t *ns);
