#include "model/event.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

NAMES_DEFINE(event_kind, EVENT_KINDS)
NAMES_DEFINE(call, CALLS)
NAMES_DEFINE(peer_call, PEER_CALLS)
NAMES_DEFINE(quiet_reason, QUIET_REASONS)
NAMES_DEFINE(limit_kind, LIMIT_KINDS)
NAMES_DEFINE(count_kind, COUNT_KINDS)
NAMES_DEFINE(rung, RUNGS)
NAMES_DEFINE(watch_level, WATCH_LEVELS)
NAMES_DEFINE(tcp_state, TCP_STATES)

const char *address_text(const struct address *address, char into[static ADDRESS_LENGTH])
{
	char host[INET6_ADDRSTRLEN] = "?";
	if (address->family != 0)
		inet_ntop(address->family, address->bytes, host, sizeof(host));
	snprintf(into, ADDRESS_LENGTH, address->family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, address->port);
	return into;
}

bool address_loops(const struct address *address)
{
	static const uint8_t zeros[16], mapped[12] = {[10] = 0xff, [11] = 0xff};
	const uint8_t *bytes = address->bytes;
	if (address->family == AF_INET6 && memcmp(bytes, mapped, sizeof(mapped)) != 0)
		return memcmp(bytes, zeros, 15) == 0 && bytes[15] <= 1;
	const uint8_t *four = address->family == AF_INET6 ? bytes + sizeof(mapped) : bytes;
	return address->family != 0 && (four[0] == 127 || memcmp(four, zeros, 4) == 0);
}

bool call_reads(enum call call)
{
	return call == CALL_READ || call == CALL_READV || call == CALL_RECVFROM || call == CALL_RECVMSG ||
	       call == CALL_RECVMMSG;
}

bool call_adjusts(enum call call)
{
	return call == CALL_FCNTL || call == CALL_IOCTL || call == CALL_SETSOCKOPT || call == CALL_EPOLL_CTL;
}

bool call_polls(enum call call)
{
	return call == CALL_SELECT || call == CALL_PSELECT6 || call == CALL_POLL || call == CALL_PPOLL ||
	       call == CALL_EPOLL_WAIT || call == CALL_EPOLL_PWAIT || call == CALL_EPOLL_PWAIT2;
}

bool call_writes(enum call call)
{
	return call == CALL_WRITE || call == CALL_WRITEV || call == CALL_SENDTO || call == CALL_SENDMSG ||
	       call == CALL_SENDMMSG;
}
