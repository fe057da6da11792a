#include "judge/findings.h"

#include <errno.h>

static const char *const follows[] = {"no-reuseaddr", "uncaught-exception", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		const struct story_socket *late = NULL;
		for (size_t j = i; socket->bind_error == EADDRINUSE && late == NULL && j-- > 0;) {
			const struct story_socket *earlier = &inquiry->story->sockets[j];
			if (earlier->actor == socket->actor && earlier->bind != STORY_NONE && earlier->reuse != STORY_NONE &&
			    earlier->reuse > earlier->bind)
				late = earlier;
		}
		if (late == NULL)
			continue;
		finding_add(inquiry, socket->actor, EVENTS(late->bind, late->reuse, socket->bind),
		            "setsockopt(SO_REUSEADDR) came after bind() on descriptor %d; bind() of the next run failed with "
		            "EADDRINUSE.",
		            late->descriptor);
	}
}

const struct finding_row finding_reuseaddr_too_late = {
	.id = "reuseaddr-too-late",
	.title = "SO_REUSEADDR is set after bind()",
	.explanation = "The option is looked at when bind() is called. Set afterwards it does nothing for this "
				   "bind().",
	.source = "socket(7), SO_REUSEADDR",
	.mend = "Move setsockopt(SO_REUSEADDR) in front of bind().",
	.detect = detect,
	.follows = follows,
};
