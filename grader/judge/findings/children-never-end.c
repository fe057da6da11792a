#include "judge/findings.h"

#include "judge/matcher.h"

static const char *const follows[] = {"descriptor-leak", NULL};

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		if (inquiry_unmet(inquiry, VERB_PROCESSES, actor) != NULL && program->counts[COUNT_PROCESSES] > 1)
			finding_add(inquiry, actor, EVENTS(program->count_events[COUNT_PROCESSES]),
			            "%s processes of the program are still there although their clients have left.",
			            inquiry_number(inquiry, (uint64_t)program->counts[COUNT_PROCESSES]));
	}
}

const struct finding_row finding_children_never_end = {
	.id = "children-never-end",
	.title = "Children do not end",
	.explanation =
		"A process that was made for one client has nothing to do when that client has left. If it stays, each "
		"client costs a process for ever, until fork() fails.",
	.source = "fork(2), _exit(2)",
	.mend = "After close() of the connection let the child call exit().",
	.detect = detect,
	.follows = follows,
};
