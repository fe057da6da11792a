#include "judge/findings.h"

static const char *const follows[] = {"one-shot-server", "exits-on-eof", NULL};

/* It ended by itself, in order, when it had served several clients, each to its end. */
static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (int actor = 0; actor < (int)test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		unsigned served = 0, open = 0;
		uint32_t last = STORY_NONE;
		if (!program->student || test->actors[actor].side != SIDE_SERVER || !inquiry_exited(inquiry, actor) ||
		    inquiry_may_exit(inquiry, actor) || program->status != 0 ||
		    program->counts[COUNT_PROCESSES] > 0) /* what it started before it ended serves on */
			continue;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			if (at.actor != actor || at.mine->made == STORY_NONE || at.mine->made < program->launched)
				continue;
			served++;
			open += at.mine->ended == STORY_NONE;
			last = last == STORY_NONE || at.mine->made > last ? at.mine->made : last;
		}
		if (served >= 2 && open == 0)
			finding_add(inquiry, actor, EVENTS(last, program->exited),
			            "the program ended with status 0 when it had served %u clients.", served);
	}
}

const struct finding_row finding_fixed_number_served = {
	.id = "fixed-number-served",
	.title = "The server ends after a fixed number of clients",
	.explanation = "The loop around accept() counts. Textbooks end their examples that way; a server goes on until "
				   "it is told to stop.",
	.source = "accept(2)",
	.mend = "Make the loop around accept() endless.",
	.detect = detect,
	.follows = follows,
};
