#include "watch/clock.h"

#include "watch/calls.h"
#include "watch/deadlines.h"
#include "watch/following.h"
#include "watch/memory.h"
#include "watch/registers.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>

/* Words on a new program's stack: arguments, environment, auxiliary vector. */
enum { STACK_WORDS = 1 << 16, SETS = 3, SET_BYTES = 128 };

int64_t tracer_now(const struct tracer *tracer)
{
	return clock_now() + tracer->ahead_ns;
}

int64_t tracer_ahead(const struct tracer *tracer)
{
	return tracer->ahead_ns;
}

void clock_hide_vdso(const struct thread *thread)
{
	struct __ptrace_syscall_info info;
	uint64_t word = 0, ignore = AT_IGNORE;
	unsigned zeros = 0;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof(info), &info) <= 0)
		return;
	uint64_t at = info.stack_pointer + sizeof(word); /* behind the number of arguments */
	for (unsigned i = 0; i < STACK_WORDS && zeros < 2; i++, at += sizeof(word)) {
		if (!memory_read(thread->tid, at, &word, sizeof(word)))
			return;
		zeros += word == 0;
	}
	for (unsigned i = 0; i < STACK_WORDS; i++, at += 2 * sizeof(word)) {
		if (!memory_read(thread->tid, at, &word, sizeof(word)) || word == AT_NULL)
			return;
		if (word == AT_SYSINFO_EHDR)
			memory_write(thread->tid, at, &ignore, sizeof(ignore));
	}
}

static bool counts_time(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
	       clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME ||
	       clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM || clock == CLOCK_TAI;
}

static bool write_pair(pid_t tid, uint64_t at, int64_t seconds, int64_t part)
{
	int64_t pair[2] = {seconds, part};
	return memory_write(tid, at, pair, sizeof(pair));
}

bool clock_answer(struct tracer *tracer, const struct thread *thread, uint64_t number,
                  const uint64_t arguments[static 6])
{
	clockid_t clock = number == __NR_clock_gettime ? (clockid_t)(uint32_t)arguments[0] : CLOCK_REALTIME;
	int64_t result = 0;
	struct timespec now;
	bool asks = number == __NR_clock_gettime || number == __NR_gettimeofday;
#ifdef __NR_time
	asks = asks || number == __NR_time;
#endif
	if (!asks)
		return false;
	if (tracer->ahead_ns == 0 || !counts_time(clock) || clock_gettime(clock, &now) != 0)
		return true; /* the kernel's answer is right */
	int64_t ns = now.tv_sec * SECOND_NS + now.tv_nsec + tracer->ahead_ns;
	int64_t seconds = ns / SECOND_NS, rest = ns % SECOND_NS;
	bool written = true;
	if (number == __NR_clock_gettime)
		written = write_pair(thread->tid, arguments[1], seconds, rest);
	else if (number == __NR_gettimeofday)
		written = arguments[0] == 0 || write_pair(thread->tid, arguments[0], seconds, rest / 1000);
	else {
		result = seconds;
		written = arguments[0] == 0 || memory_write(thread->tid, arguments[0], &seconds, sizeof(seconds));
	}
	if (written && register_set_number(thread->tid, NUMBER_NONE))
		register_set_result(thread->tid, result);
	return true;
}

/* A time-out empties the sets of select(2); a signal leaves them as they were. */
static void empty_sets(const struct thread *thread)
{
	static const uint8_t nothing[SET_BYTES];
	const struct entry *entry = &thread->entry;
	size_t bytes = ((size_t)(uint32_t)entry->arguments[0] + 63) / 64 * 8;
	for (size_t i = 1; i <= SETS && bytes <= sizeof(nothing); i++)
		if (entry->arguments[i] != 0)
			memory_write(thread->tid, entry->arguments[i], nothing, bytes);
	if (entry->call == CALL_SELECT)
		write_pair(thread->tid, entry->arguments[4], 0, 0);
}

static int64_t timed_out(const struct thread *thread, bool inside)
{
	if (inside) {
		enum call call = thread->entry.call;
		if (call == CALL_SELECT || call == CALL_PSELECT6)
			empty_sets(thread);
		if (call_polls(call) || call_sleeps(call))
			return 0;
		return call == CALL_CONNECT ? -EINPROGRESS : -EAGAIN;
	}
	switch (thread->sleep.number) {
	case __NR_futex:
		return -ETIMEDOUT;
	case __NR_rt_sigtimedwait:
	case __NR_semtimedop:
		return -EAGAIN;
	default:
		return -EINTR;
	}
}

bool clock_wakes(struct tracer *tracer, struct thread *thread, int64_t *result)
{
	bool due = thread->due;
	(void)tracer;
	thread->due = false;
	if (!due || !call_was_cut_short(*result))
		return false;
	*result = timed_out(thread, thread->inside);
	return register_set_result(thread->tid, *result);
}

bool clock_gave_signal(struct thread *thread, int number)
{
	siginfo_t info;
	if (number != SIGALRM || thread->process->alarms_given == 0 ||
	    ptrace(PTRACE_GETSIGINFO, thread->tid, 0L, &info) != 0 || info.si_code != SI_KERNEL)
		return false;
	thread->process->alarms_given--;
	return true;
}

/* True when some timer is armed that only the kernel can let expire. */
static bool kernel_times(const struct tracer *tracer)
{
	for (size_t i = 0; i < tracer->tree.process_count; i++) {
		const struct timers *timers = &tracer->tree.processes[i]->timers;
		for (size_t j = 0; j < timers->count; j++)
			if (timers->list[j].call != CALL_SETITIMER)
				return true;
	}
	return false;
}

/* alarm(2) and setitimer(2): the signal comes from here, and the kernel's own is kept away when it comes. */
static void alarms_give(struct tracer *tracer, int64_t now_ns)
{
	for (size_t i = 0; i < tracer->tree.process_count; i++) {
		struct process *process = tracer->tree.processes[i];
		for (size_t j = 0; j < process->timers.count; j++) {
			if (process->timers.list[j].due_ns > now_ns)
				continue;
			process->alarms_given++;
			kill(process->pid, SIGALRM);
		}
		timers_next(&process->timers, now_ns); /* those that are over go, those that repeat go on */
	}
}

/* struct itimerspec: the period, then the first time. */
enum { ITIMER_FIRST = 16 };

void clock_date(struct tracer *tracer, struct thread *thread)
{
	struct entry *entry = &thread->entry;
	bool timer = entry->call == CALL_TIMERFD_SETTIME || entry->call == CALL_TIMER_SETTIME;
	uint64_t at = entry->arguments[2] + ITIMER_FIRST;
	if (!timer || tracer->ahead_ns == 0 || (entry->arguments[1] & TIMER_ABSTIME) == 0 ||
	    !memory_read(thread->tid, at, thread->date, sizeof(thread->date)))
		return;
	/* Any program's numbers: what the kernel refuses is left as it is. */
	if (thread->date[0] <= 0 || thread->date[0] > INT64_MAX / SECOND_NS / 2 || thread->date[1] < 0 ||
	    thread->date[1] >= SECOND_NS)
		return;
	int64_t ns = thread->date[0] * SECOND_NS + thread->date[1] - tracer->ahead_ns;
	if (ns <= 0)
		return;
	thread->dated = write_pair(thread->tid, at, ns / SECOND_NS, ns % SECOND_NS);
	if (thread->dated)
		entry->value = entry->value > tracer->ahead_ns ? entry->value - tracer->ahead_ns : 1;
}

void clock_undate(struct thread *thread)
{
	if (thread->dated)
		write_pair(thread->tid, thread->entry.arguments[2] + ITIMER_FIRST, thread->date[0], thread->date[1]);
	thread->dated = false;
}

static void sleepers_wake(struct tracer *tracer, int64_t now_ns)
{
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		struct thread *thread = tracer->tree.threads[i];
		if (thread->until_ns < 0 || thread->until_ns > now_ns || thread->held || thread->grouped || thread->due)
			continue;
		thread->due = ptrace(PTRACE_INTERRUPT, thread->tid, 0L, 0L) == 0;
	}
}

void clock_wake_overdue(struct tracer *tracer)
{
	if (tracer->level == WATCH_TIMED && tracer->ahead_ns > 0)
		sleepers_wake(tracer, tracer_now(tracer));
}

bool tracer_jump(struct tracer *tracer, int64_t to_ns)
{
	int64_t by_ns = to_ns - clock_now();
	if (tracer->level != WATCH_TIMED || kernel_times(tracer))
		return false;
	if (by_ns > 0)
		tracer->ahead_ns += by_ns;
	int64_t now_ns = tracer_now(tracer);
	sleepers_wake(tracer, now_ns);
	alarms_give(tracer, now_ns);
	return true;
}
