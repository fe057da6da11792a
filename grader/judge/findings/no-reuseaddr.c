#include "judge/findings.h"

#include <errno.h>

static const char *const follows[] = {"exits-on-eof", "one-shot-server", "bind-failure-ignored", "uncaught-exception",
                                      NULL};

/* Another server of the test may rightly have the port. */
static bool rival(const struct inquiry *inquiry, int actor)
{
	const struct test *test = inquiry->test->test;
	for (int i = 0; i < (int)test->actor_count; i++) {
		if (i != actor && test->actors[i].side == test->actors[actor].side)
			return true;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (socket->bind_error != EADDRINUSE || socket->reuse < socket->bind ||
		    inquiry->story->actors[socket->actor].launches < 2 || rival(inquiry, socket->actor))
			continue;
		finding_add(inquiry, socket->actor, EVENTS(socket->bind),
		            "bind() failed with EADDRINUSE: a connection of the program's last run still holds port %u, and "
		            "SO_REUSEADDR was not set.",
		            inquiry->story->port);
	}
}

const struct finding_row finding_no_reuseaddr = {
	.id = "no-reuseaddr",
	.title = "SO_REUSEADDR is missing",
	.explanation = "A connection of the last run may hold the port for a while (FIN_WAIT_2, TIME_WAIT) after the "
				   "program has ended. Without SO_REUSEADDR on the new socket, and on the old one, bind() then "
				   "fails with EADDRINUSE, and the server cannot be restarted for up to a minute.",
	.source = "socket(7), SO_REUSEADDR; RFC 9293 §3.3.2 (TIME-WAIT)",
	.mend = "Before bind(): int one = 1; setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, "
			"sizeof(one)).",
	.detect = detect,
	.follows = follows,
};
