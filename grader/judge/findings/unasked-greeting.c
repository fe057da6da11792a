#include "judge/findings.h"

static const char *const follows[] = {"one-read-one-message", "prompts-on-stdout", "reply-changed", NULL};

/* In a lifecycle where the server speaks first to this client, or to anybody, it may. */
static bool may_speak(const struct inquiry *inquiry, const struct student_end *at)
{
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->step->verb == VERB_SEND && line->actor != ACTOR_NONE)
			return line->actor == at->actor;
	}
	return false;
}

/* What another client had said before may be passed on to all. */
static bool read_elsewhere(const struct inquiry *inquiry, const struct student_end *at, uint32_t before)
{
	for (struct student_end each = {0}; inquiry_next(inquiry, &each);)
		for (size_t i = 0; each.actor == at->actor && i < each.mine->reads.count; i++)
			if (each.mine->reads.list[i].event < before && each.mine->reads.list[i].result > 0)
				return true;
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		if (at.end != END_SERVER || at.mine->writes.count == 0 || at.mine->stream.length == 0 ||
		    inquiry_difference(inquiry, at.connection, at.end, &expected) == SIZE_MAX)
			continue;
		const struct story_transfer *first = &at.mine->writes.list[0];
		if (first->result > 0 && !read_elsewhere(inquiry, &at, first->event) && !may_speak(inquiry, &at))
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
