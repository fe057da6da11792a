#include "judge/findings.h"

#include "timeline/timeline.h"

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.mine->broken == STORY_NONE || at.other->broken != STORY_NONE || at.mine->unread_at_close > 0)
			continue;
		for (size_t i = 0; i < inquiry->timeline->count; i++) {
			const struct event *event = &inquiry->timeline->events[i];
			if (event->kind == EVENT_RETURN && event->call.call == CALL_SETSOCKOPT &&
			    event->call.argument == STORY_LINGER && event->actor == at.actor && event->number < at.mine->broken &&
			    event->call.result == 0)
				finding_add(inquiry, at.actor, EVENTS(event->number, at.mine->broken),
				            "SO_LINGER was set on descriptor %d; its close() sent RST.", event->call.descriptor);
		}
	}
}

const struct finding_row finding_resets_instead_of_closing = {
	.id = "resets-instead-of-closing",
	.title = "The connection is reset, not closed",
	.explanation = "SO_LINGER with a time of 0 makes close() throw away what has not been sent and send a RST. "
				   "The other side sees an error instead of the end of the stream.",
	.source = "socket(7), SO_LINGER; RFC 9293 §3.10.5 (ABORT)",
	.mend = "Do not set SO_LINGER to {1, 0}; close() alone ends the connection in order.",
	.detect = detect,
};
