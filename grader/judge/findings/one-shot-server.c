#include "judge/findings.h"

static const char *const follows[] = {"short-write-ignored", "half-close-drops-data", "closed-unread-data", NULL};

static bool ended(const struct inquiry *inquiry, int actor)
{
	const struct story_actor *program = &inquiry->story->actors[actor];
	return inquiry_exited(inquiry, actor) && !inquiry_may_exit(inquiry, actor) &&
	       program->status == (program->status & 0xff00) &&
	       program->counts[COUNT_PROCESSES] <= 0; /* what it started before it ended serves on */
}

/* It listened, and did not wait for anybody. */
static void detect_none(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_socket *listener = story_listener(inquiry->story, actor);
		bool served = false;
		for (struct student_end each = {0}; inquiry_next(inquiry, &each);)
			served = served || (each.actor == actor && each.mine->made != STORY_NONE);
		if (plan_student(inquiry->test, actor) && inquiry->failed && listener != NULL && !served &&
		    listener->listen != STORY_NONE && listener->listen_error == 0 &&
		    inquiry->story->actors[actor].status == 0 && ended(inquiry, actor))
			finding_add(inquiry, actor, EVENTS(listener->listen, inquiry->story->actors[actor].exited),
			            "the program listened, and ended with status 0 before it had served anybody.");
	}
}

static void detect(struct inquiry *inquiry)
{
	detect_none(inquiry);
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		if (at.end != END_SERVER || at.mine->made < program->launched || at.mine->made == STORY_NONE ||
		    !ended(inquiry, at.actor))
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
				   "accept(). Where threads or goroutines serve, the end of main() ends them all.",
	.source = "accept(2)",
	.mend =
		"Put accept() and the serving of the client into an endless loop, in main() or in a thread that main() waits for.",
	.detect = detect,
	.follows = follows,
};
