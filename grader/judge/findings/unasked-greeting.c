#include "judge/findings.h"

static const char *const follows[] = {"one-read-one-message", "prompts-on-stdout", "reply-changed", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		if (at.end != END_SERVER || at.mine->writes.count == 0 || at.mine->stream.length == 0 ||
		    inquiry_difference(inquiry, at.connection, at.end, &expected) == SIZE_MAX)
			continue;
		const struct story_transfer *first = &at.mine->writes.list[0];
		bool read_before = false;
		for (size_t i = 0; i < at.mine->reads.count; i++)
			read_before =
				read_before || (at.mine->reads.list[i].event < first->event && at.mine->reads.list[i].result > 0);
		if (!read_before && first->result > 0)
			finding_add(inquiry, at.actor, EVENTS(first->event),
			            "the server sent %s before it had read any from the client.",
			            inquiry_bytes(inquiry, (uint64_t)first->result));
	}
}

const struct finding_row finding_unasked_greeting = {
	.id = "unasked-greeting",
	.title = "The server speaks first",
	.explanation = "The protocol of this assignment has no greeting: the first bytes come from the client.",
	.source = "the assignment",
	.mend = "Send nothing before the client has sent something; print messages for people to standard "
			"error.",
	.detect = detect,
	.follows = follows,
};
