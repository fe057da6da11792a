#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (int actor = 0; actor < (int)test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		int64_t zombies = program->counts[COUNT_ZOMBIES];
		if (program->student && inquiry->settled && zombies >= 3)
			finding_add(inquiry, actor, EVENTS(program->count_events[COUNT_ZOMBIES]),
			            "%lld children have ended and were never waited for.", (long long)zombies);
	}
}

const struct finding_row finding_zombies = {
	.id = "zombies",
	.title = "Ended children are not waited for",
	.explanation = "A child that has ended stays in the process table (state Z) until its parent calls wait(). A "
				   "server that forks for each client fills the table.",
	.source = "wait(2), signal(7) (SIGCHLD)",
	.mend = "Call waitpid(-1, NULL, WNOHANG) in a loop when SIGCHLD arrives, or ignore SIGCHLD with "
			"SA_NOCLDWAIT.",
	.detect = detect,
	.detect_datagrams = detect,
};
