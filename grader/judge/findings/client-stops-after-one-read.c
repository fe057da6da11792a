#include "judge/findings.h"

static const char *const follows[] = {"closed-unread-data", "client-closes-too-early", "prompts-on-stdout", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.end != END_CLIENT || !inquiry->failed || at.mine->reads.count == 0 || at.other->broken != STORY_NONE ||
		    at.mine->zero_reads > 0 || inquiry->story->actors[at.actor].killed != STORY_NONE ||
		    story_read_bytes(at.mine) >= at.other->written ||
		    (inquiry->story->actors[at.actor].exited == STORY_NONE && at.mine->close_began == STORY_NONE))
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->last_read),
		            "the client read %s of %s bytes of the reply and stopped.",
		            inquiry_number(inquiry, story_read_bytes(at.mine)), inquiry_number(inquiry, at.other->written));
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
