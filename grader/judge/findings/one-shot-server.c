#include "judge/findings.h"

static const char *const follows[] = {"short-write-ignored", "half-close-drops-data", "closed-unread-data", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		if (at.end != END_SERVER || at.mine->made < program->launched || !inquiry_exited(inquiry, at.actor) ||
		    inquiry_may_exit(inquiry, at.actor) || at.mine->made == STORY_NONE ||
		    program->status != (program->status & 0xff00))
			continue;
		/* What it started before it ended serves on. */
		if (program->counts[COUNT_PROCESSES] > 0)
			continue;
		unsigned served = 0;
		for (struct student_end each = {0}; inquiry_next(inquiry, &each);)
			served += each.actor == at.actor && each.mine->made != STORY_NONE;
		finding_add(inquiry, at.actor, EVENTS(at.mine->made, program->exited),
		            "the program ended with status %d after it had served %u client%s.", program->status >> 8, served,
		            served == 1 ? "" : "s");
	}
}

const struct finding_row finding_one_shot_server = {
	.id = "one-shot-server",
	.title = "The server ends after its first clients",
	.explanation = "A server serves one client after another. After close() of a connection it has to go back to "
				   "accept().",
	.source = "accept(2)",
	.mend = "Put accept() and the serving of the client into an endless loop.",
	.detect = detect,
	.follows = follows,
};
