#include "watch/entry.h"

#include "watch/calls.h"
#include "watch/deadlines.h"
#include "watch/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { PIECES_MOST = 64, MESSAGES_MOST = 64 };

static int32_t low(uint64_t argument)
{
	return (int32_t)(uint32_t)argument;
}

size_t entry_descriptors(const struct entry *entry, int32_t into[static 2])
{
	const uint64_t *a = entry->arguments;
	into[0] = low(a[0]);
	into[1] = DESCRIPTOR_NONE;
	switch (entry->call) {
	case CALL_SOCKET:
	case CALL_SOCKETPAIR:
	case CALL_SELECT:
	case CALL_PSELECT6:
	case CALL_POLL:
	case CALL_PPOLL:
	case CALL_EPOLL_WAIT:
	case CALL_EPOLL_PWAIT:
	case CALL_EPOLL_PWAIT2:
	case CALL_WAIT4:
	case CALL_WAITID:
	case CALL_NANOSLEEP:
	case CALL_CLOCK_NANOSLEEP:
	case CALL_FUTEX:
	case CALL_PAUSE:
	case CALL_ALARM:
	case CALL_SETITIMER:
	case CALL_TIMER_SETTIME:
	case CALL_KILL:
	case CALL_CLOSE_RANGE:
	case CALL_OTHER:
		into[0] = DESCRIPTOR_NONE;
		return 0;
	case CALL_EPOLL_CTL:
		into[0] = low(a[2]);
		return 1;
	case CALL_SENDFILE:
	case CALL_DUP2:
	case CALL_DUP3:
		into[1] = low(a[1]);
		return 2;
	case CALL_SPLICE:
		into[1] = low(a[2]);
		return 2;
	case CALL_BIND:
	case CALL_LISTEN:
	case CALL_ACCEPT:
	case CALL_ACCEPT4:
	case CALL_CONNECT:
	case CALL_SHUTDOWN:
	case CALL_CLOSE:
	case CALL_DUP:
	case CALL_FCNTL:
	case CALL_IOCTL:
	case CALL_SETSOCKOPT:
	case CALL_READ:
	case CALL_READV:
	case CALL_RECVFROM:
	case CALL_RECVMSG:
	case CALL_RECVMMSG:
	case CALL_WRITE:
	case CALL_WRITEV:
	case CALL_SENDTO:
	case CALL_SENDMSG:
	case CALL_SENDMMSG:
	case CALL_TIMERFD_SETTIME:
		return 1;
	}
	return 0;
}

static bool read_address(pid_t tid, uint64_t at, uint64_t length, struct address *address)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} socket = {0};
	*address = (struct address){0};
	if (at == 0 || length < sizeof(socket.four))
		return false;
	if (!memory_read(tid, at, &socket, length < sizeof(socket) ? (size_t)length : sizeof(socket)))
		return false;
	if (socket.any.sa_family == AF_INET) {
		address->family = AF_INET;
		address->port = ntohs(socket.four.sin_port);
		memcpy(address->bytes, &socket.four.sin_addr, 4);
	} else if (socket.any.sa_family == AF_INET6 && length >= sizeof(socket.six)) {
		address->family = AF_INET6;
		address->port = ntohs(socket.six.sin6_port);
		memcpy(address->bytes, &socket.six.sin6_addr, 16);
	}
	return address->family != 0;
}

static size_t read_pieces(pid_t tid, uint64_t at, uint64_t count, struct iovec into[static PIECES_MOST])
{
	size_t used = count < PIECES_MOST ? (size_t)count : PIECES_MOST;
	if (used == 0 || !memory_read(tid, at, into, used * sizeof(into[0])))
		return 0;
	return used;
}

/* The pieces of memory that a call reads into or writes from. */
static size_t entry_pieces(const struct entry *entry, pid_t tid, struct iovec into[static PIECES_MOST])
{
	const uint64_t *a = entry->arguments;
	struct msghdr message;
	if (entry->call == CALL_READ || entry->call == CALL_WRITE || entry->call == CALL_RECVFROM ||
	    entry->call == CALL_SENDTO) {
		into[0].iov_base = (void *)(uintptr_t)a[1];
		into[0].iov_len = a[2];
		return 1;
	}
	if (entry->call == CALL_READV || entry->call == CALL_WRITEV)
		return read_pieces(tid, a[1], a[2], into);
	/* struct mmsghdr begins with a struct msghdr. */
	if ((call_reads(entry->call) || call_writes(entry->call)) && memory_read(tid, a[1], &message, sizeof(message)))
		return read_pieces(tid, (uintptr_t)message.msg_iov, message.msg_iovlen, into);
	return 0;
}

static void decode_bytes(struct entry *entry, pid_t tid)
{
	const uint64_t *a = entry->arguments;
	struct iovec pieces[PIECES_MOST];
	size_t count = entry_pieces(entry, tid, pieces);
	if (count == 1 && pieces[0].iov_len > INT64_MAX)
		entry->argument = -1; /* an error code where a length belongs */
	for (size_t i = 0; i < count; i++)
		if (pieces[i].iov_len < (size_t)INT64_MAX - (size_t)entry->argument)
			entry->argument += (int64_t)pieces[i].iov_len;
	if (call_writes(entry->call))
		entry->data_length = (uint32_t)memory_gather(tid, pieces, count, entry->data, sizeof(entry->data));
	if (entry->call == CALL_SENDTO || entry->call == CALL_RECVFROM || entry->call == CALL_RECVMMSG ||
	    entry->call == CALL_SENDMMSG)
		entry->value = low(a[3]);
	if (entry->call == CALL_RECVMSG || entry->call == CALL_SENDMSG)
		entry->value = low(a[2]);
	if (entry->call == CALL_SENDTO)
		read_address(tid, a[4], a[5], &entry->address);
}

static void decode_timeout(struct entry *entry, int64_t ns)
{
	entry->value = ns;
	entry->argument = ns <= 0 ? ns : (ns + MS_NS - 1) / MS_NS;
}

static void decode_milliseconds(struct entry *entry, uint64_t argument)
{
	entry->argument = low(argument) < 0 ? -1 : low(argument);
	entry->value = entry->argument < 0 ? -1 : entry->argument * MS_NS;
}

/* Calls that may wait for a time. */
static void decode_wait(struct entry *entry, pid_t tid)
{
	const uint64_t *a = entry->arguments;
	if (entry->call == CALL_POLL)
		decode_milliseconds(entry, a[2]);
	else if (entry->call == CALL_EPOLL_WAIT || entry->call == CALL_EPOLL_PWAIT)
		decode_milliseconds(entry, a[3]);
	else if (entry->call == CALL_SELECT || entry->call == CALL_PSELECT6)
		decode_timeout(entry, memory_time(tid, a[4], entry->call == CALL_SELECT, -1));
	else if (entry->call == CALL_PPOLL)
		decode_timeout(entry, memory_time(tid, a[2], false, -1));
	else if (entry->call == CALL_EPOLL_PWAIT2)
		decode_timeout(entry, memory_time(tid, a[3], false, -1));
	else if (entry->call == CALL_NANOSLEEP)
		decode_timeout(entry, memory_time(tid, a[0], false, 0));
	else if (entry->call == CALL_CLOCK_NANOSLEEP) {
		int64_t ns = memory_time(tid, a[2], false, 0);
		if ((low(a[1]) & TIMER_ABSTIME) != 0)
			ns = clock_remaining(low(a[0]), ns);
		decode_timeout(entry, ns > 0 ? ns : 0);
	}
}

/* Whose clock an absolute timer counts by is told at its creation, which is not followed: dates are past 2001. */
static int64_t timer_remaining(int64_t ns, bool absolute)
{
	if (!absolute || ns == 0)
		return ns;
	int64_t remaining = clock_remaining(ns > SECOND_NS * 1000000000 ? CLOCK_REALTIME : CLOCK_MONOTONIC, ns);
	return remaining > 0 ? remaining : 1;
}

static void decode_timer(struct entry *entry, pid_t tid)
{
	const uint64_t *a = entry->arguments;
	entry->argument = low(a[0]);
	if (entry->call == CALL_ALARM) {
		entry->argument = 0;
		entry->value = (int64_t)(uint32_t)a[0] * SECOND_NS;
		return;
	}
	bool micro = entry->call == CALL_SETITIMER;
	uint64_t setting = micro ? a[1] : a[2];
	int64_t period = memory_time(tid, setting, micro, 0);
	int64_t first = memory_time(tid, setting == 0 ? 0 : setting + 16, micro, 0);
	entry->value = timer_remaining(first, !micro && (low(a[1]) & TIMER_ABSTIME) != 0);
	entry->period_ns = period;
}

static void decode_option(struct entry *entry, pid_t tid)
{
	const uint64_t *a = entry->arguments;
	int32_t level = low(a[1]), name = low(a[2]), value[2] = {0};
	entry->argument = (int64_t)((uint64_t)(uint32_t)level << 32 | (uint32_t)name);
	bool timeout = name == SO_RCVTIMEO || name == SO_SNDTIMEO || name == SO_RCVTIMEO_NEW || name == SO_SNDTIMEO_NEW;
	if (level == SOL_SOCKET && timeout)
		entry->value = memory_time(tid, a[3], true, 0);
	else if (level == SOL_SOCKET && name == SO_LINGER)
		entry->value = memory_read(tid, a[3], value, sizeof(value)) && value[0] != 0 ? value[1] : -1;
	else if (low(a[4]) >= (int32_t)sizeof(value[0]) && memory_read(tid, a[3], value, sizeof(value[0])))
		entry->value = value[0];
}

/* Calls whose numbers are told as they are; -1: none. */
static const struct {
	enum call call;
	signed char argument, value; /* which of the six */
} plain[] = {
	{CALL_LISTEN, 1, -1}, {CALL_SHUTDOWN, 1, -1},  {CALL_CLOSE_RANGE, 1, -1}, {CALL_DUP2, 1, -1},
	{CALL_DUP3, 1, -1},   {CALL_EPOLL_CTL, 1, -1}, {CALL_FCNTL, 1, 2},        {CALL_WAIT4, 0, 2},
	{CALL_WAITID, 1, 3},  {CALL_KILL, 1, 0},       {CALL_SOCKET, 1, 0},
};

static void decode_plain(struct entry *entry)
{
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (plain[i].call != entry->call)
			continue;
		entry->argument = low(entry->arguments[plain[i].argument]);
		if (plain[i].value >= 0)
			entry->value = low(entry->arguments[plain[i].value]);
	}
	if (entry->number == __NR_tgkill)
		entry->argument = low(entry->arguments[2]);
}

void entry_decode(struct entry *entry, pid_t tid)
{
	const uint64_t *a = entry->arguments;
	enum call call = entry->call;
	int32_t integer = 0;
	entry->argument = entry->value = 0;
	if (call_reads(call) || call_writes(call)) {
		decode_bytes(entry, tid);
	} else if (call_polls(call) || call_sleeps(call)) {
		decode_wait(entry, tid);
	} else if (call_arms(call)) {
		decode_timer(entry, tid);
	} else if (call == CALL_SOCKET || call == CALL_SOCKETPAIR) {
		entry->argument = (int64_t)((a[0] & UINT32_MAX) << 32 | (a[1] & UINT32_MAX));
		entry->value = low(a[2]);
	} else if (call == CALL_BIND || call == CALL_CONNECT) {
		read_address(tid, a[1], a[2] & UINT32_MAX, &entry->address);
	} else if (call == CALL_SETSOCKOPT) {
		decode_option(entry, tid);
	} else if (call == CALL_IOCTL) {
		entry->argument = (int64_t)(a[1] & UINT32_MAX);
		if (entry->argument == FIONBIO && memory_read(tid, a[2], &integer, sizeof(integer)))
			entry->value = integer;
	} else if (call == CALL_EPOLL_CTL) {
		decode_plain(entry);
		if (memory_read(tid, a[3], &integer, sizeof(integer)))
			entry->value = (uint32_t)integer; /* struct epoll_event begins with the events */
	} else if (call == CALL_SENDFILE) {
		entry->argument = (int64_t)a[3];
	} else if (call == CALL_SPLICE) {
		entry->argument = (int64_t)a[4];
		entry->value = entry->descriptor == low(a[0]);
	} else {
		decode_plain(entry);
	}
}

void entry_returned_address(const struct entry *entry, pid_t tid, struct address *address)
{
	const uint64_t *a = entry->arguments;
	bool from = entry->call == CALL_RECVFROM;
	uint64_t at = from ? a[4] : a[1], length_at = from ? a[5] : a[2];
	uint32_t length = 0;
	*address = (struct address){0};
	if (at != 0 && length_at != 0 && memory_read(tid, length_at, &length, sizeof(length)))
		read_address(tid, at, length, address);
}

uint32_t entry_returned_data(const struct entry *entry, pid_t tid, int64_t result, uint8_t into[static EVENT_PEEK])
{
	struct iovec pieces[PIECES_MOST];
	size_t count = entry_pieces(entry, tid, pieces);
	size_t length = result < EVENT_PEEK ? (size_t)result : EVENT_PEEK;
	return (uint32_t)memory_gather(tid, pieces, count, into, length);
}

int64_t entry_message_bytes(const struct entry *entry, pid_t tid, int64_t messages)
{
	struct mmsghdr list[MESSAGES_MOST];
	size_t count = messages < MESSAGES_MOST ? (size_t)messages : MESSAGES_MOST;
	if (count == 0 || !memory_read(tid, entry->arguments[1], list, count * sizeof(list[0])))
		return messages;
	int64_t bytes = 0;
	for (size_t i = 0; i < count; i++)
		bytes += list[i].msg_len;
	return bytes;
}

enum outcome entry_outcome(const struct entry *entry, int64_t result)
{
	enum call call = entry->call;
	if (call_polls(call))
		return result == 0 && entry->value != 0 ? OUTCOME_SLEPT : OUTCOME_BARREN;
	if (call_sleeps(call))
		return call == CALL_PAUSE || (result == 0 && entry->value > 0) ? OUTCOME_SLEPT : OUTCOME_BARREN;
	if (call_reads(call)) {
		bool peeks = (entry->value & MSG_PEEK) != 0;
		return result > 0 && !peeks ? OUTCOME_PROGRESS : OUTCOME_BARREN;
	}
	if (call_writes(call) || call == CALL_SENDFILE || call == CALL_SPLICE || call == CALL_WAIT4)
		return result > 0 ? OUTCOME_PROGRESS : OUTCOME_BARREN;
	if (call == CALL_WAITID)
		return result == 0 && (entry->value & WNOHANG) == 0 ? OUTCOME_PROGRESS : OUTCOME_BARREN;
	if (call == CALL_FCNTL)
		return result >= 0 && (entry->argument == F_DUPFD || entry->argument == F_DUPFD_CLOEXEC) ? OUTCOME_PROGRESS
		                                                                                         : OUTCOME_BARREN;
	if (call == CALL_IOCTL || call == CALL_SETSOCKOPT || call == CALL_EPOLL_CTL || call == CALL_KILL || call_arms(call))
		return OUTCOME_BARREN;
	return result >= 0 || result == -EINPROGRESS ? OUTCOME_PROGRESS : OUTCOME_BARREN;
}
