#include "report/spoken_calls.h"

bool call_waits(enum call call)
{
	return call == CALL_SELECT || call == CALL_PSELECT6 || call == CALL_POLL || call == CALL_PPOLL ||
	       call == CALL_EPOLL_WAIT || call == CALL_EPOLL_PWAIT || call == CALL_EPOLL_PWAIT2;
}

bool call_acts(enum call call)
{
	return call_writes(call) || call == CALL_CLOSE || call == CALL_CLOSE_RANGE || call == CALL_SHUTDOWN ||
	       call == CALL_CONNECT || call == CALL_SENDFILE || call == CALL_SPLICE || call == CALL_DUP2 ||
	       call == CALL_DUP3;
}

static bool call_housekeeps(enum call call)
{
	return call == CALL_FCNTL || call == CALL_IOCTL || call == CALL_EPOLL_CTL || call == CALL_FUTEX ||
	       call == CALL_SOCKETPAIR || call == CALL_OTHER || call == CALL_DUP || call == CALL_TIMER_SETTIME ||
	       call == CALL_TIMERFD_SETTIME || call == CALL_ALARM || call == CALL_SETITIMER;
}

bool call_speaks(const struct event *call, const struct event *returned)
{
	enum call which = call->call.call;
	bool error = returned != NULL && returned->call.result < 0;
	bool socket = call->call.socket != 0 || (returned != NULL && returned->call.socket != 0);
	if (call_housekeeps(which))
		return false;
	if (call_waits(which))
		return returned == NULL || returned->call.result <= 0;
	if (call_reads(which))
		return socket || error || call->call.descriptor == 0;
	if (call_writes(which) || call_acts(which))
		return socket || error;
	return true;
}
