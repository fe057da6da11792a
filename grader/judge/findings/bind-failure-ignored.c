#include "judge/findings.h"

#include "base/text.h"

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (socket->bind == STORY_NONE || socket->bind_error == 0)
			continue;
		bool bound_later = false;
		for (size_t j = i + 1; j < inquiry->story->socket_count; j++) {
			const struct story_socket *later = &inquiry->story->sockets[j];
			bound_later =
				bound_later || (later->actor == socket->actor && later->bind != STORY_NONE && later->bind_error == 0);
		}
		bool listened = socket->listen != STORY_NONE && socket->listen > socket->bind;
		bool stayed = inquiry->settled && inquiry->failed && inquiry->story->actors[socket->actor].exited == STORY_NONE;
		if (bound_later || !(listened || stayed))
			continue;
		TEXT_AUTO error = {0};
		story_errno(socket->bind_error, &error);
		finding_add(inquiry, socket->actor, EVENTS(socket->bind),
		            "bind() on descriptor %d failed with %s, and the program went on%s.", socket->descriptor,
		            text_string(&error), listened ? " to listen()" : "");
	}
}

const struct finding_row finding_bind_failure_ignored = {
	.id = "bind-failure-ignored",
	.title = "A failed bind() is ignored",
	.explanation = "When bind() fails the socket has no address. listen() then takes a port that nobody asked "
				   "for, or the program waits for clients that cannot come.",
	.source = "bind(2)",
	.mend = "Check what bind() returns; on -1 print the reason with perror() and exit with a non-zero "
			"status.",
	.detect = detect,
	.detect_datagrams = detect,
};
