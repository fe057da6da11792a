#include "judge/findings.h"

#include <errno.h>

static const char *const follows[] = {"closed-unread-data", "half-close-drops-data", "one-read-one-message",
                                      "newline-changed", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		uint32_t end = at.mine->shut < at.mine->close_began ? at.mine->shut : at.mine->close_began;
		if (at.end != END_SERVER || !inquiry->failed || at.mine->unread_at_close > 0 ||
		    (at.mine->ended == STORY_NONE && at.mine->broken == STORY_NONE) || end == STORY_NONE ||
		    at.mine->writes.count == 0 || at.mine->zero_reads > 0 || at.other->broken != STORY_NONE ||
		    (at.other->ended != STORY_NONE && at.other->ended < end) ||
		    inquiry->story->actors[at.actor].killed != STORY_NONE || inquiry_may_close(inquiry, &at))
			continue;
		for (size_t i = 0; i < at.mine->reads.count; i++) {
			if (at.mine->reads.list[i].event < end && at.mine->reads.list[i].result < 0 &&
			    at.mine->reads.list[i].result != -EAGAIN)
				return;
		}
		finding_add(inquiry, at.actor, EVENTS(end),
		            "the server %s descriptor %d although the client had not closed its side.",
		            end == at.mine->shut ? "shut down" : "closed", at.mine->descriptor);
	}
}

const struct finding_row finding_closes_after_one_message = {
	.id = "closes-after-one-message",
	.title = "The connection is closed after one message",
	.explanation = "A client may send more than once on one connection. The server serves it until read() "
				   "returns 0.",
	.source = "read(2)",
	.mend = "Read in a loop until read() returns 0, and close() only then.",
	.detect = detect,
	.follows = follows,
};
