#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (socket->listen == STORY_NONE || socket->listen_error != 0 || socket->bind != STORY_NONE ||
		    inquiry_unmet(inquiry, VERB_LISTEN, socket->actor) == NULL)
			continue;
		finding_add(inquiry, socket->actor, EVENTS(socket->listen),
		            "listen() on descriptor %d was called on a socket that was never bound: the kernel chose a port.",
		            socket->descriptor);
	}
}

const struct finding_row finding_bind_missing = {
	.id = "bind-missing",
	.title = "bind() is never called",
	.explanation = "A socket that listens without having been bound gets a port that the kernel chooses. Nobody "
				   "knows where to connect to.",
	.source = "listen(2), ip(7)",
	.mend = "Call bind() with the port from the command line before listen().",
	.detect = detect,
};
