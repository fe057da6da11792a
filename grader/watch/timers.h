/* The timers that a process has set and that will wake it: alarm(2), setitimer(2), timer_settime(2),
 * timerfd_settime(2). */
#pragma once

#include "watch/entry.h"

/* Past this many, those set first are forgotten. */
enum { TIMERS_MOST = 32 };

struct timer {
	enum call call; /* which set it; alarm and setitimer are one timer */
	int64_t id;
	int64_t due_ns, period_ns; /* CLOCK_MONOTONIC; 0: once */
};

struct timers {
	struct timer list[TIMERS_MOST];
	size_t count;
};

/* The call has returned, at `now_ns`. */
void timers_set(struct timers *, const struct entry *, int64_t now_ns);
/* `call` and `id` as struct timer has them. */
void timers_drop(struct timers *, enum call, int64_t id);
/* When the next one expires, -1 for never. */
int64_t timers_next(struct timers *, int64_t now_ns);
/* execve(2) keeps alarm, setitimer and descriptors, and deletes the timers of timer_create(2). */
void timers_exec(struct timers *);
