#include "judge/findings.h"

static const char *const follows[] = {"one-read-one-message", "prompts-on-stdout", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		if (at.end != END_SERVER || at.mine->writes.count == 0 || at.mine->stream.length == 0 ||
		    inquiry_difference(inquiry, at.connection, at.end, &expected) == SIZE_MAX)
			continue;
		for (size_t i = 0; i < at.connection->segment_count; i++) {
			const struct story_segment *segment = &at.connection->segments[i];
			if (segment->length == 0)
				continue;
			if (segment->sender == at.end)
				finding_add(inquiry, at.actor, EVENTS(at.mine->writes.list[0].event, segment->event),
				            "the server sent %u bytes before the client had sent any.", segment->length);
			break;
		}
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
