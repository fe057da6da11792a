#include "watch/calls.h"

#include <errno.h>
#include <sys/syscall.h>

/* One more than the call, so that an absent row is 0. */
#define ROW(number, call) [number] = (unsigned char)(call + 1),

/* clang-format off */
static const unsigned char calls[] = {
	ROW(__NR_socket, CALL_SOCKET)
	ROW(__NR_socketpair, CALL_SOCKETPAIR)
	ROW(__NR_bind, CALL_BIND)
	ROW(__NR_listen, CALL_LISTEN)
	ROW(__NR_accept, CALL_ACCEPT)
	ROW(__NR_accept4, CALL_ACCEPT4)
	ROW(__NR_connect, CALL_CONNECT)
	ROW(__NR_shutdown, CALL_SHUTDOWN)
	ROW(__NR_close, CALL_CLOSE)
	ROW(__NR_close_range, CALL_CLOSE_RANGE)
	ROW(__NR_dup, CALL_DUP)
	ROW(__NR_dup3, CALL_DUP3)
	ROW(__NR_fcntl, CALL_FCNTL)
	ROW(__NR_ioctl, CALL_IOCTL)
	ROW(__NR_setsockopt, CALL_SETSOCKOPT)
	ROW(__NR_read, CALL_READ)
	ROW(__NR_readv, CALL_READV)
	ROW(__NR_preadv2, CALL_READV)
	ROW(__NR_recvfrom, CALL_RECVFROM)
	ROW(__NR_recvmsg, CALL_RECVMSG)
	ROW(__NR_recvmmsg, CALL_RECVMMSG)
	ROW(__NR_write, CALL_WRITE)
	ROW(__NR_writev, CALL_WRITEV)
	ROW(__NR_pwritev2, CALL_WRITEV)
	ROW(__NR_sendto, CALL_SENDTO)
	ROW(__NR_sendmsg, CALL_SENDMSG)
	ROW(__NR_sendmmsg, CALL_SENDMMSG)
	ROW(__NR_sendfile, CALL_SENDFILE)
	ROW(__NR_splice, CALL_SPLICE)
	ROW(__NR_pselect6, CALL_PSELECT6)
	ROW(__NR_ppoll, CALL_PPOLL)
	ROW(__NR_epoll_ctl, CALL_EPOLL_CTL)
	ROW(__NR_epoll_pwait, CALL_EPOLL_PWAIT)
	ROW(__NR_epoll_pwait2, CALL_EPOLL_PWAIT2)
	ROW(__NR_wait4, CALL_WAIT4)
	ROW(__NR_waitid, CALL_WAITID)
	ROW(__NR_nanosleep, CALL_NANOSLEEP)
	ROW(__NR_clock_nanosleep, CALL_CLOCK_NANOSLEEP)
	ROW(__NR_futex, CALL_FUTEX)
	ROW(__NR_setitimer, CALL_SETITIMER)
	ROW(__NR_timer_settime, CALL_TIMER_SETTIME)
	ROW(__NR_timerfd_settime, CALL_TIMERFD_SETTIME)
	ROW(__NR_kill, CALL_KILL)
	ROW(__NR_tkill, CALL_KILL)
	ROW(__NR_tgkill, CALL_KILL)
#ifdef __NR_open /* the machines that have the old calls too */
	ROW(__NR_dup2, CALL_DUP2)
	ROW(__NR_select, CALL_SELECT)
	ROW(__NR_poll, CALL_POLL)
	ROW(__NR_epoll_wait, CALL_EPOLL_WAIT)
	ROW(__NR_pause, CALL_PAUSE)
	ROW(__NR_alarm, CALL_ALARM)
#endif
};
/* clang-format on */

enum call call_of(uint64_t number)
{
	if (number >= sizeof(calls) || calls[number] == 0)
		return CALL_OTHER;
	return (enum call)(calls[number] - 1);
}

bool call_sleeps(enum call call)
{
	return call == CALL_NANOSLEEP || call == CALL_CLOCK_NANOSLEEP || call == CALL_PAUSE;
}

bool call_arms(enum call call)
{
	return call == CALL_ALARM || call == CALL_SETITIMER || call == CALL_TIMER_SETTIME || call == CALL_TIMERFD_SETTIME;
}

bool call_was_cut_short(int64_t result)
{
	return (result <= -512 && result >= -514) || result == -516 || result == -EINTR;
}
