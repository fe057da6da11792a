#include "judge/findings.h"

#include "base/text.h"

#include <errno.h>

static const char *const follows[] = {"spins-when-idle", NULL};

/* Closed in the one process in which it should stay open. */
static const struct story_socket *closed_listener(const struct inquiry *inquiry, const struct event *spin)
{
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (socket->actor == spin->actor && socket->listen != STORY_NONE && socket->closed != STORY_NONE &&
		    socket->descriptor == spin->spin.descriptor)
			return socket;
	}
	return NULL;
}

static void detect(struct inquiry *inquiry)
{
	const struct event *spin = &inquiry->story->spin_event;
	if (inquiry->story->spin == STORY_NONE || spin->actor < 0 || spin->spin.result >= 0 ||
	    (spin->spin.call != CALL_ACCEPT && spin->spin.call != CALL_ACCEPT4) || spin->spin.result == -EAGAIN)
		return;
	const struct story_socket *gone = spin->spin.result == -EBADF ? closed_listener(inquiry, spin) : NULL;
	if (gone != NULL) {
		finding_add(
			inquiry, spin->actor, EVENTS(gone->closed, inquiry->story->spin),
			"the program closed its listening socket, descriptor %d; accept() has failed with EBADF since, and was "
			"called again at once %llu times.",
			gone->descriptor, (unsigned long long)spin->spin.count);
		return;
	}
	TEXT_AUTO error = {0};
	story_errno((int)-spin->spin.result, &error);
	finding_add(inquiry, spin->actor, EVENTS(inquiry->story->spin),
	            "accept() failed with %s, and was called again at once %llu times.", text_string(&error),
	            (unsigned long long)spin->spin.count);
}

const struct finding_row finding_accept_error_spins = {
	.id = "accept-error-spins",
	.title = "accept() fails in a tight loop",
	.explanation = "When accept() fails because the process has no descriptor left (EMFILE), the connection "
				   "stays in the queue, and the next accept() fails at once in the same way. EBADF says that the "
				   "listening socket itself was closed: a child closes it, its parent does not.",
	.source = "accept(2)",
	.mend = "Close descriptors that are not needed any more; after EMFILE or ENFILE pause before the next "
			"accept().",
	.detect = detect,
	.follows = follows,
};
