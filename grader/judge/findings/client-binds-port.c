#include "judge/findings.h"

#include "base/text.h"

static const char *const follows[] = {"bind-failure-ignored", "connect-failure-ignored", NULL};

static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (size_t i = 0; inquiry->failed && i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (socket->bind == STORY_NONE || socket->datagrams || test->actors[socket->actor].side != SIDE_CLIENT ||
		    socket->address.port == 0)
			continue;
		TEXT_AUTO error = {0};
		if (socket->bind_error != 0)
			story_errno(socket->bind_error, &error);
		finding_add(inquiry, socket->actor, EVENTS(socket->bind), "the client bound its own end to port %u%s%s.",
		            socket->address.port, socket->bind_error != 0 ? ", and that failed with " : "",
		            text_string(&error));
	}
}

const struct finding_row finding_client_binds_port = {
	.id = "client-binds-port",
	.title = "The client binds itself to a port",
	.explanation =
		"bind() chooses the address of one's own end, and a port can be had once. It is the server that needs a "
		"known one; for a client connect() takes any that is free. Bound to the server's port, on the same host, "
		"it finds that taken, or connects to itself.",
	.source = "bind(2), connect(2), ip(7)",
	.mend = "Leave bind() away in the client: socket(), then connect() to the server's address and port.",
	.detect = detect,
	.follows = follows,
};
