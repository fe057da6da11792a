#include "judge/findings.h"

#include "judge/matcher.h"

static const char *const follows[] = {"descriptor-leak", NULL};

/* A line that counts names its roles inside. */
static bool counted(const struct inquiry *inquiry, enum verb verb)
{
	return inquiry_unmet(inquiry, verb, ACTOR_NONE) != NULL;
}

/* A client is over, and a child of it is not: it waits for ever. */
static void detect_left(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->settled && i < inquiry->story->process_count; i++) {
		const struct story_process *child = &inquiry->story->processes[i];
		if (child->main || child->actor < 0 || child->ended != STORY_NONE ||
		    !plan_student(inquiry->test, child->actor) || story_end_of(inquiry->story, child->actor) != END_CLIENT ||
		    !inquiry_exited(inquiry, child->actor))
			continue;
		uint32_t exited = inquiry->story->actors[child->actor].exited;
		if (exited > child->born)
			finding_add(inquiry, child->actor, EVENTS(child->born, exited),
			            "the program has ended, and a child of it is still there and waits.");
	}
}

static void detect(struct inquiry *inquiry)
{
	detect_left(inquiry);
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		if (counted(inquiry, VERB_PROCESSES) && program->student && program->counts[COUNT_PROCESSES] > 1)
			finding_add(inquiry, actor, EVENTS(program->count_events[COUNT_PROCESSES]),
			            "%llu processes of the program are still there although their clients have left.",
			            (unsigned long long)program->counts[COUNT_PROCESSES]);
		if (counted(inquiry, VERB_THREADS) && program->student && program->counts[COUNT_THREADS] > 1)
			finding_add(inquiry, actor, EVENTS(program->count_events[COUNT_THREADS]),
			            "%llu threads that were started for clients are still there although these have left.",
			            (unsigned long long)program->counts[COUNT_THREADS]);
	}
}

const struct finding_row finding_children_never_end = {
	.id = "children-never-end",
	.title = "Children or threads do not end",
	.explanation =
		"A process or thread that was made for one client has nothing to do when that client has left. If it "
		"stays, each client costs one for ever, until no more can be made.",
	.source = "fork(2), _exit(2), pthread_exit(3)",
	.mend = "After close() of the connection let the child call exit(), the thread return from its function. A second "
			"thread for the same client has to be told that it is over.",
	.detect = detect,
	.detect_datagrams = detect,
	.follows = follows,
};
