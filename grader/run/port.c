#include "run/port.h"

#include "base/fd.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

/* An abstract name (unix(7)) is the network's, and free again with its last descriptor. */
static int lease_take(uint16_t port)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "grader-port-%u", port);
	int lease = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (lease >= 0 && bind(lease, (struct sockaddr *)&name,
	                       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) < 0)
		fd_close(&lease);
	return lease;
}

/* Without SO_REUSEADDR bind() fails for TIME_WAIT as well (socket(7)). */
static bool nobody_holds(int family, int kind, uint16_t port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	FD_AUTO fd = socket(family, kind | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno == EAFNOSUPPORT;
	return (family == AF_INET6 ? bind(fd, (struct sockaddr *)&six, sizeof(six))
	                           : bind(fd, (struct sockaddr *)&four, sizeof(four))) == 0 ||
	       errno == EADDRNOTAVAIL;
}

uint16_t port_take(const struct plan_test *test, int *lease)
{
	*lease = -1;
	if (!test->port_given)
		return test->port;
	int kind = test->test->transport == TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM;
	uint32_t first = test->port;
	if (getrandom(&first, sizeof(first), GRND_NONBLOCK) < 0)
		first = test->port;
	for (uint32_t i = 0; i < PLAN_PORT_COUNT; i++) {
		uint16_t port = (uint16_t)(PLAN_PORT_FIRST + (first % PLAN_PORT_COUNT + i) % PLAN_PORT_COUNT);
		if (port >> 8 == (port & 255))
			continue;
		int taken = lease_take(port);
		if (taken >= 0 && nobody_holds(AF_INET, kind, port) && nobody_holds(AF_INET6, kind, port)) {
			*lease = taken;
			return port;
		}
		fd_close(&taken);
	}
	errno = EADDRINUSE;
	return 0;
}
