#include "watch/deadlines.h"

#include "watch/memory.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef __NR_futex_wait
#define __NR_futex_wait 455
#endif
#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

int64_t clock_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

int64_t clock_remaining(clockid_t clock, int64_t absolute_ns)
{
	struct timespec now;
	if (clock_gettime(clock, &now) != 0)
		return 0;
	return absolute_ns - (now.tv_sec * SECOND_NS + now.tv_nsec);
}

int64_t memory_time(pid_t tid, uint64_t address, bool micro, int64_t otherwise)
{
	int64_t pair[2];
	if (address == 0 || !memory_read(tid, address, pair, sizeof(pair)))
		return otherwise;
	if (pair[0] < 0 || pair[1] < 0)
		return 0;
	if (pair[0] > INT64_MAX / SECOND_NS / 4)
		return INT64_MAX / 4;
	return pair[0] * SECOND_NS + (micro ? pair[1] % 1000000 * 1000 : pair[1] % SECOND_NS);
}

static enum wake wake_after(pid_t tid, uint64_t address, bool micro, int64_t *ns)
{
	*ns = memory_time(tid, address, micro, -1);
	if (*ns >= 0)
		return WAKE_AFTER;
	return address == 0 ? WAKE_NEVER : WAKE_UNKNOWN;
}

static enum wake wake_at(pid_t tid, uint64_t address, clockid_t clock, int64_t *ns)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_TAI)
		return WAKE_UNKNOWN;
	enum wake wake = wake_after(tid, address, false, ns);
	if (wake != WAKE_AFTER)
		return wake;
	*ns = clock_now() + clock_remaining(clock, *ns);
	return WAKE_AT;
}

static enum wake futex_wake(pid_t tid, const uint64_t arguments[static 6], int64_t *ns)
{
	int operation = (int)(uint32_t)arguments[1] & FUTEX_CMD_MASK;
	clockid_t clock = (arguments[1] & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	switch (operation) {
	case FUTEX_WAIT:
		return wake_after(tid, arguments[3], false, ns);
	case FUTEX_LOCK_PI:
		return wake_at(tid, arguments[3], CLOCK_REALTIME, ns);
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI2:
	case FUTEX_WAIT_REQUEUE_PI:
		return wake_at(tid, arguments[3], clock, ns);
	default:
		return WAKE_UNKNOWN;
	}
}

static enum wake wake_milliseconds(uint64_t argument, int64_t *ns)
{
	int32_t milliseconds = (int32_t)(uint32_t)argument;
	*ns = milliseconds * MS_NS;
	return milliseconds < 0 ? WAKE_NEVER : WAKE_AFTER;
}

/* Calls that wait for as long as it takes. */
static bool waits_for_somebody(uint64_t number)
{
	switch (number) {
	case __NR_read:
	case __NR_readv:
	case __NR_preadv2:
	case __NR_recvfrom:
	case __NR_recvmsg:
	case __NR_recvmmsg: /* recvmmsg(2): its time-out is looked at between datagrams only */
	case __NR_write:
	case __NR_writev:
	case __NR_pwritev2:
	case __NR_sendto:
	case __NR_sendmsg:
	case __NR_sendmmsg:
	case __NR_sendfile:
	case __NR_splice:
	case __NR_tee:
	case __NR_accept:
	case __NR_accept4:
	case __NR_connect:
	case __NR_wait4:
	case __NR_waitid:
	case __NR_rt_sigsuspend:
	case __NR_flock:
	case __NR_fcntl:
	case __NR_openat: /* of a FIFO */
	case __NR_semop:
	case __NR_msgsnd:
	case __NR_msgrcv:
#ifdef __NR_open
	case __NR_open:
	case __NR_pause:
#endif
		return true;
	default:
		return false;
	}
}

bool call_lends(uint64_t number, const uint64_t arguments[static 6])
{
#ifdef __NR_vfork
	if (number == __NR_vfork)
		return true;
#endif
	return number == __NR_clone && (arguments[0] & CLONE_VFORK) != 0;
}

enum wake call_wake(pid_t tid, uint64_t number, const uint64_t arguments[static 6], int64_t *ns)
{
	const uint64_t *a = arguments;
	*ns = -1;
	switch (number) {
	case __NR_pselect6:
		return wake_after(tid, a[4], false, ns);
	case __NR_ppoll:
	case __NR_rt_sigtimedwait:
		return wake_after(tid, a[2], false, ns);
	case __NR_epoll_pwait2:
	case __NR_semtimedop:
		return wake_after(tid, a[3], false, ns);
	case __NR_io_getevents:
		return wake_after(tid, a[4], false, ns);
	case __NR_epoll_pwait:
		return wake_milliseconds(a[3], ns);
#ifdef __NR_open
	case __NR_select:
		return wake_after(tid, a[4], true, ns);
	case __NR_poll:
		return wake_milliseconds(a[2], ns);
	case __NR_epoll_wait:
		return wake_milliseconds(a[3], ns);
#endif
	case __NR_nanosleep:
		return wake_after(tid, a[0], false, ns);
	case __NR_clock_nanosleep:
		if ((a[1] & TIMER_ABSTIME) != 0)
			return wake_at(tid, a[2], (clockid_t)(uint32_t)a[0], ns);
		return (uint32_t)a[0] == CLOCK_PROCESS_CPUTIME_ID ? WAKE_UNKNOWN : wake_after(tid, a[2], false, ns);
	case __NR_futex:
		return futex_wake(tid, a, ns);
	case __NR_futex_waitv:
		return wake_at(tid, a[3], (clockid_t)(uint32_t)a[4], ns);
	case __NR_futex_wait:
		return wake_at(tid, a[4], (clockid_t)(uint32_t)a[5], ns);
	case __NR_mq_timedsend:
	case __NR_mq_timedreceive:
		return wake_at(tid, a[4], CLOCK_REALTIME, ns);
	case __NR_restart_syscall:
		return WAKE_RESUMED;
	default:
		return waits_for_somebody(number) || call_lends(number, a) ? WAKE_NEVER : WAKE_UNKNOWN;
	}
}
