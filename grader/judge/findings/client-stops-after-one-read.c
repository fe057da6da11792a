#include "judge/findings.h"

static const char *const follows[] = {"closed-unread-data", "client-closes-too-early", "prompts-on-stdout",
                                      "one-read-one-message", NULL};

/* It closed while it was still reading, by another thread: that is no matter of how much one read takes. */
static bool closed_first(const struct story_end *end)
{
	return end->close_began != STORY_NONE && end->close_began < end->last_read;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.end != END_CLIENT || !inquiry->failed || at.mine->reads.count == 0 || at.other->broken != STORY_NONE ||
		    at.mine->zero_reads > 0 || story_read_bytes(at.mine) == 0 || closed_first(at.mine) ||
		    inquiry->story->actors[at.actor].killed != STORY_NONE || story_read_bytes(at.mine) >= at.other->written ||
		    (inquiry->story->actors[at.actor].exited == STORY_NONE && at.mine->close_began == STORY_NONE))
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->last_read),
		            "the client read %llu of %s of the reply and stopped.",
		            (unsigned long long)story_read_bytes(at.mine), inquiry_bytes(inquiry, at.other->written));
	}
}

const struct finding_row finding_client_stops_after_one_read = {
	.id = "client-stops-after-one-read",
	.title = "The client does not read the whole reply",
	.explanation = "A reply may arrive in several pieces. One read() returns what is there, which may be only "
				   "the beginning.",
	.source = "read(2)",
	.mend = "Read in a loop until the reply is complete, or until read() returns 0.",
	.detect = detect,
	.follows = follows,
};
