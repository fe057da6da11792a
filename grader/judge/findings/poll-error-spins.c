#include "judge/findings.h"

#include "base/text.h"
#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"spins-when-idle", "connection-not-watched", "reply-not-sent",  "never-accepts",
                                      "serial-server",   "connection-abandoned",   "descriptor-leak", NULL};

enum { OFTEN = 16 };

static void detect(struct inquiry *inquiry)
{
	uint64_t failed = 0;
	uint32_t first = STORY_NONE;
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_RETURN || event->actor < 0 || !call_polls(event->call.call) ||
		    (event->call.result != -EBADF && event->call.result != -EINVAL))
			continue;
		first = first == STORY_NONE ? event->number : first;
		failed += event->call.repeat > 0 ? event->call.repeat : 1;
	}
	if (failed < OFTEN)
		return;
	const struct event *event = &inquiry->timeline->events[first];
	TEXT_AUTO error = {0};
	story_errno((int)-event->call.result, &error);
	finding_add(inquiry, event->actor, EVENTS(first),
	            "%s() failed with %s, and was called again in the same way %llu times.",
	            story_call_word(inquiry->story, event->actor, event->call.call), text_string(&error),
	            (unsigned long long)(failed - 1));
}

const struct finding_row finding_poll_error_spins = {
	.id = "poll-error-spins",
	.title = "select() fails again and again",
	.explanation =
		"EBADF says that a descriptor in the set is not open any more: it was closed and not taken out. select() "
		"fails at once, for all descriptors, and nobody is served.",
	.source = "select(2), EBADF",
	.mend = "When a connection is closed, take it out of the set: FD_CLR() before close().",
	.detect = detect,
	.detect_datagrams = detect,
	.follows = follows,
};
