#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"one-read-one-message", "never-closed", "connection-abandoned", NULL};

/* recv(2), MSG_WAITALL. */
enum { WAIT_FOR_ALL = 0x100 };

/* The kernel takes the bytes out of the queue while the call still waits for more: they count as not read yet. */
static bool waits_for_all(const struct inquiry *inquiry, const struct story_blocked *blocked)
{
	for (size_t i = blocked->event; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_CALL && event->tid == blocked->tid)
			return event->call.call == blocked->call && (event->call.value & WAIT_FOR_ALL) != 0;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->held || !call_reads(blocked->call) || blocked->connection == CONNECTION_NONE)
			continue;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			uint64_t taken = waits_for_all(inquiry, blocked) ? at.mine->read : story_read_bytes(at.mine);
			if (at.connection->number == blocked->connection && at.actor == blocked->actor &&
			    at.other->written > taken && at.other->ended == STORY_NONE && at.other->broken == STORY_NONE)
				finding_add(inquiry, blocked->actor, EVENTS(blocked->event),
				            "%s bytes have arrived, and %s() on descriptor %d still waits for more.",
				            inquiry_number(inquiry, at.other->written - taken),
				            story_call_word(inquiry->story, blocked->actor, blocked->call), blocked->descriptor);
		}
	}
}

const struct finding_row finding_waits_for_full_buffer = {
	.id = "waits-for-full-buffer",
	.title = "recv() waits until the buffer is full",
	.explanation = "With MSG_WAITALL recv() returns only when it has as many bytes as the buffer holds, or at "
				   "the end of the stream. A short message then waits for bytes that will never come.",
	.source = "recv(2), MSG_WAITALL",
	.mend = "Call recv() without MSG_WAITALL, and use the count it returns.",
	.detect = detect,
	.follows = follows,
};
