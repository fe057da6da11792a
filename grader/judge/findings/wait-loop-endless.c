#include "judge/findings.h"

#include <errno.h>

/* So often no loop asks for a child that is not there. */
enum { ASKED_LEAST = 16 };

static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (int actor = 0; actor < (int)test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		bool waits = program->row.call == CALL_WAIT4 || program->row.call == CALL_WAITID;
		if (!program->student || !waits || program->row.count < ASKED_LEAST || program->row.result > 0 ||
		    (program->row.result < 0 && program->row.result != -ECHILD))
			continue;
		finding_add(inquiry, actor, EVENTS(program->row.event),
		            program->row.result == 0
		                ? "the program asks again and again whether a child has ended, and does nothing else."
		                : "wait() failed with ECHILD, no child is left, and the program calls it again "
		                  "and again.");
	}
}

static const char *const follows[] = {"spins-when-idle", NULL};

const struct finding_row finding_wait_loop_endless = {
	.id = "wait-loop-endless",
	.title = "The loop that collects children has no end",
	.explanation = "When the last child has been collected, wait() returns -1 with ECHILD, and waitpid() with WNOHANG "
				   "returns 0 while the others still run. A loop that takes only one of them for its end goes on for "
				   "ever; in a handler of SIGCHLD the rest of the program then never runs again.",
	.source = "wait(2), signal(7) (SIGCHLD)",
	.mend = "Collect with while (waitpid(-1, NULL, WNOHANG) > 0) and an empty body: it ends at 0 and at -1.",
	.detect = detect,
	.detect_datagrams = detect,
	.follows = follows,
};
