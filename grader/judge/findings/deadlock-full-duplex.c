#include "judge/findings.h"

static const char *const follows[] = {"connection-abandoned", "never-closed", "client-never-half-closes",
                                      "one-read-one-message", NULL};

/* It looks at its descriptors, which would tell of the bytes that wait, were it not for writing only. */
static void detect_polling(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->failed && inquiry->settled && inquiry_next(inquiry, &at);) {
		const struct story_blocked *where = inquiry_polls(inquiry, at.actor);
		uint64_t unread = story_unread(inquiry->story, at.connection, at.end);
		if (at.end == END_CLIENT && where != NULL && unread > 0 && at.mine->send_queue > 0)
			finding_add(inquiry, at.actor, EVENTS(where->event),
			            "the program waits in %s() until it can write on descriptor %d, while %s wait to be read "
			            "from it.",
			            story_call_word(inquiry->story, at.actor, where->call), at.mine->descriptor,
			            inquiry_bytes(inquiry, unread));
	}
}

static void detect(struct inquiry *inquiry)
{
	detect_polling(inquiry);
	for (size_t i = 0; inquiry->failed && i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->held || !call_writes(blocked->call) || blocked->connection == CONNECTION_NONE)
			continue;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			if (at.end == END_CLIENT && at.connection->number == blocked->connection && at.actor == blocked->actor &&
			    at.mine->receive_queue > 0)
				finding_add(inquiry, blocked->actor, EVENTS(blocked->event),
				            "the program is blocked in %s() on descriptor %d while %s could be read from it.",
				            story_call_word(inquiry->story, blocked->actor, blocked->call), blocked->descriptor,
				            inquiry_bytes(inquiry, at.mine->receive_queue));
		}
	}
}

const struct finding_row finding_deadlock_full_duplex = {
	.id = "deadlock-full-duplex",
	.title = "Both sides wait for the other to read",
	.explanation = "The kernel holds only so much. A program that writes everything before it reads anything "
				   "fills the buffers of both directions: then each side is blocked in write() until the other "
				   "reads.",
	.source = "send(2); RFC 9293 §3.8.6 (window)",
	.mend = "Read while you write: poll() for both directions, or a thread for each.",
	.detect = detect,
	.follows = follows,
};
