/* Virtual time: the clock that the programs see is ahead of the real one by what they would have slept.
 *
 * When all threads sleep and the next thing to happen is a time-out, the clock goes on to it at once and the sleepers
 * whose time has come are woken with the result that a time-out gives.  The kernel's own time-outs never come first:
 * they count by the real clock, which is behind.  Timers of timerfd_create(2) and timer_create(2) are the kernel's
 * alone: while one is armed the clock does not jump, and its time is waited for. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct entry;
struct thread;
struct tracer;

/* CLOCK_MONOTONIC as the programs see it; the times of `entry`, `sleep` and timers inside watch/ are of this clock. */
int64_t tracer_now(const struct tracer *);
/* The thread stands at the stop of execve(2): its C library will ask the kernel for the time, not the vDSO. */
void clock_hide_vdso(const struct thread *);
/* The thread stands at the entry of `number`: when that asks for a clock, it is answered.  False: it is another call. */
bool clock_answer(struct tracer *, const struct thread *, uint64_t number, const uint64_t arguments[static 6]);
/* A date that the program sets a timer of the kernel's to (timerfd_settime(2), timer_settime(2)) is one of its own clock:
 * for the call it is put back to the kernel's.  At the entry of thread->entry, decoded; and at its exit. */
void clock_date(struct tracer *, struct thread *);
void clock_undate(struct thread *);
/* Sleepers until a date that has passed: the kernel, whose clock is behind, still waits for it. */
void clock_wake_overdue(struct tracer *);
/* At the exit of thread->entry, or (not inside a followed call) at the stop after PTRACE_INTERRUPT: a sleeper whose time
 * has come gets what a time-out returns.  True when *result is that. */
bool clock_wakes(struct tracer *, struct thread *, int64_t *result);
/* SIGALRM of the kernel's timer, which was given before when the clock jumped. */
bool clock_gave_signal(struct thread *, int signal);
