#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (int actor = 0; actor < (int)test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		if (!program->student || !inquiry->settled || program->exited != STORY_NONE)
			continue;
		unsigned left = 0;
		uint32_t one = STORY_NONE;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			if (at.actor == actor && at.other->ended != STORY_NONE && at.mine->confirmed != STORY_NONE && at.mine->held &&
			    at.mine->confirmed > at.other->ended) {
				left++;
				one = at.mine->confirmed;
			}
		}
		if (left >= 3)
			finding_add(inquiry, actor, EVENTS(one), "%u connections are over, and their descriptors are still open.", left);
	}
}

const struct finding_row finding_descriptor_leak = {
	.id = "descriptor-leak",
	.title = "Descriptors are left open",
	.explanation = "Each connection takes a descriptor, and a process has only so many (1024 by default). One "
	               "that is never given back is one client fewer that can be served.",
	.source = "close(2), getrlimit(2) (RLIMIT_NOFILE)",
	.mend = "close() every descriptor that accept() returned, on every path out of the code that serves a "
	        "client.",
	.detect = detect,
};
