#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_socket *listener = at.end == END_SERVER ? story_listener(inquiry->story, at.actor) : NULL;
		if (listener == NULL || listener->listen == STORY_NONE || listener->backlog > 4)
			continue;
		if (at.connection->segment_count > 0 && !at.connection->established[END_CLIENT] &&
		    at.mine->broken == STORY_NONE && at.other->broken == STORY_NONE && inquiry->failed)
			finding_add(
				inquiry, at.actor, EVENTS(listener->listen, at.connection->segments[0].event),
				"listen() was called with a backlog of %lld; a client's SYN was dropped because the queue was full.",
				(long long)listener->backlog);
		for (size_t i = 0; i < at.connection->segment_count; i++) {
			const struct story_segment *segment = &at.connection->segments[i];
			if (segment->sender == END_CLIENT && (segment->flags & SEGMENT_SYN) != 0 && segment->repeated)
				finding_add(
					inquiry, at.actor, EVENTS(listener->listen, segment->event),
					"listen() was called with a backlog of %lld; a client's SYN was dropped and had to be sent again.",
					(long long)listener->backlog);
		}
	}
}

const struct finding_row finding_backlog_too_small = {
	.id = "backlog-too-small",
	.title = "The backlog is too small",
	.explanation = "listen(descriptor, N) lets N + 1 connections wait for accept(). The SYN of the next client "
				   "is dropped, and it tries again only a second later.",
	.source = "listen(2); RFC 6298 §2 (the first retransmission after 1 s)",
	.mend = "Call listen(descriptor, SOMAXCONN).",
	.detect = detect,
};
