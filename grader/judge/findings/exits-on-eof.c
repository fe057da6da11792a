#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"one-shot-server", "uncaught-exception", NULL};

/* It had gone back to wait for other clients: the end came out of the serving of this one. */
static bool serves_others(const struct inquiry *inquiry, const struct student_end *at)
{
	for (size_t i = at->mine->made; i < at->mine->zero_read && i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->actor == at->actor && event->kind == EVENT_CALL && event->call.listening &&
		    (event->call.call == CALL_ACCEPT || event->call.call == CALL_ACCEPT4))
			return true;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		if (at.end != END_SERVER || at.mine->made < program->launched || !inquiry_exited(inquiry, at.actor) ||
		    inquiry_may_exit(inquiry, at.actor) || at.mine->zero_read == STORY_NONE ||
		    at.mine->zero_read > program->exited || !serves_others(inquiry, &at) ||
		    program->status != (program->status & 0xff00))
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->zero_read, program->exited),
		            "%s %s because one client had closed, and the program ended.",
		            inquiry_call(inquiry, at.mine->zero_read), story_end_word(inquiry->story, at.actor));
	}
}

const struct finding_row finding_exits_on_eof = {
	.id = "exits-on-eof",
	.title = "The end of one client ends the server",
	.explanation = "exit() in the code that serves a client ends the whole process. The end of a connection is "
				   "the normal end of serving one client, no more.",
	.source = "exit(3); read(2)",
	.mend = "Return from the function that serves the client, and go back to accept().",
	.detect = detect,
	.follows = follows,
};
