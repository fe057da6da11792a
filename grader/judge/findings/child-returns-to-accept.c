#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"child-keeps-listening", "children-never-end", "zombies", "descriptor-leak",
                                      NULL};

/* A connection that the process serves and did not accept itself. */
static uint32_t served(const struct inquiry *inquiry, int32_t pid, uint32_t before)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.mine->made >= before || inquiry->timeline->events[at.mine->made].pid == pid)
			continue;
		for (size_t i = 0; i < at.mine->reads.count; i++)
			if (at.mine->reads.list[i].pid == pid && at.mine->reads.list[i].event < before)
				return at.mine->reads.list[i].event;
	}
	return STORY_NONE;
}

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_CALL || (event->call.call != CALL_ACCEPT && event->call.call != CALL_ACCEPT4) ||
		    event->actor < 0)
			continue;
		const struct story_process *process = story_process(inquiry->story, event->pid);
		if (process == NULL || process->main || story_end_of(inquiry->story, event->actor) != END_SERVER)
			continue;
		uint32_t before = served(inquiry, event->pid, event->number);
		if (before != STORY_NONE)
			finding_add(
				inquiry, event->actor, EVENTS(before, event->number),
				"a child that had served its client called accept(): it goes on as a second server and never ends.");
	}
}

const struct finding_row finding_child_returns_to_accept = {
	.id = "child-returns-to-accept",
	.title = "A child goes back to accept()",
	.explanation = "fork() copies the whole program, its loop included. A child that does not leave after its client "
				   "goes on with that loop: with each client there is one more server, and none of them ends.",
	.source = "fork(2), _exit(2)",
	.mend = "In the child: close(listener), serve the client, then exit().",
	.detect = detect,
	.follows = follows,
};
