#include "judge/findings.h"

#include <errno.h>

static const char *const follows[] = {"no-reuseaddr", "uncaught-exception", NULL};

/* A process of the actor that was left over when it was launched again. */
static bool leftover(const struct inquiry *inquiry, int actor)
{
	const struct story *story = inquiry->story;
	for (size_t i = 0; i < story->process_count; i++) {
		const struct story_process *process = &story->processes[i];
		if (process->actor == actor && process->ended == STORY_NONE && process->born < story->actors[actor].launched)
			return true;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (socket->bind_error != EADDRINUSE || socket->reuse > socket->bind || !leftover(inquiry, socket->actor) ||
		    inquiry->story->actors[socket->actor].launches < 2)
			continue;
		finding_add(inquiry, socket->actor, EVENTS(socket->bind),
		            "bind() failed with EADDRINUSE although SO_REUSEADDR is set: a child of the last run still has the "
		            "listening socket open.");
	}
}

const struct finding_row finding_child_keeps_listening = {
	.id = "child-keeps-listening",
	.title = "A child keeps the listening socket",
	.explanation = "After fork() the child has a copy of the listening descriptor. As long as it lives the port "
				   "is being listened on, even when the parent is gone: a new server cannot bind to it, "
				   "SO_REUSEADDR or not.",
	.source = "fork(2), socket(7)",
	.mend = "In the child, close(listener) first.",
	.detect = detect,
	.follows = follows,
};
