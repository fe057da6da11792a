#include "judge/findings.h"

static const char *const follows[] = {"connection-abandoned", "never-closed", "client-never-half-closes",
                                      "one-read-one-message", NULL};

static void detect(struct inquiry *inquiry)
{
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
