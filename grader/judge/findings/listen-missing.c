#include "judge/findings.h"

static const char *const follows[] = {"accept-error-spins", "spins-when-idle", "wrong-descriptor", NULL};

static enum side test_side(const struct inquiry *inquiry, int actor)
{
	return inquiry->test->test->actors[actor].side;
}

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		/* Run-time systems bind one to see what the host can do, and close it. */
		if (socket->datagrams || socket->bind == STORY_NONE || socket->bind_error != 0 ||
		    socket->closed != STORY_NONE || socket->listen != STORY_NONE ||
		    (!inquiry->settled && inquiry->story->spin == STORY_NONE) ||
		    test_side(inquiry, socket->actor) != SIDE_SERVER ||
		    inquiry_unmet(inquiry, VERB_LISTEN, socket->actor) == NULL)
			continue;
		finding_add(inquiry, socket->actor, EVENTS(socket->bind),
		            "descriptor %d is bound to port %u, but listen() was never called on it.", socket->descriptor,
		            socket->address.port);
	}
}

const struct finding_row finding_listen_missing = {
	.id = "listen-missing",
	.title = "listen() is never called",
	.explanation = "bind() only gives a socket its address. Until listen() is called the kernel refuses every "
				   "connection to the port, and accept() fails with EINVAL.",
	.source = "listen(2); RFC 9293 §3.3.2 (LISTEN)",
	.mend = "Call listen(descriptor, SOMAXCONN) after bind() and before accept().",
	.detect = detect,
	.follows = follows,
};
