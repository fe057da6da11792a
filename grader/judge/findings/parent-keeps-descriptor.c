#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"never-closed", "descriptor-leak", "connection-abandoned", NULL};

/* The return of close(2) on the socket in that process. */
static uint32_t closed_by(const struct inquiry *inquiry, uint64_t socket, int32_t pid)
{
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_RETURN && event->call.call == CALL_CLOSE && event->call.socket == socket &&
		    event->pid == pid)
			return event->number;
	}
	return STORY_NONE;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		if (at.mine->ended != STORY_NONE || at.mine->broken != STORY_NONE || at.mine->confirmed == STORY_NONE ||
		    !at.mine->held || program->main_pid == 0 || program->exited != STORY_NONE || at.mine->reads.count == 0)
			continue;
		const struct story_transfer *last = &at.mine->reads.list[at.mine->reads.count - 1];
		const struct story_process *child = story_process(inquiry->story, last->pid);
		if (last->pid == program->main_pid || child == NULL || child->main)
			continue;
		if (child->ended != STORY_NONE)
			finding_add(
				inquiry, at.actor, EVENTS(last->event, child->ended),
				"the child that served the client has ended, but no FIN was sent: the parent still has the connection "
				"open.");
		else if (closed_by(inquiry, at.mine->socket, last->pid) != STORY_NONE && at.other->ended != STORY_NONE)
			finding_add(inquiry, at.actor, EVENTS(last->event, closed_by(inquiry, at.mine->socket, last->pid)),
			            "the child closed the connection, but no FIN was sent: the parent still has it open.");
	}
}

const struct finding_row finding_parent_keeps_descriptor = {
	.id = "parent-keeps-descriptor",
	.title = "The parent keeps the connection open",
	.explanation = "After fork() parent and child both have the connected descriptor. The FIN is sent when the "
				   "last one is closed: as long as the parent keeps its copy, close() in the child does nothing "
				   "that the client could see.",
	.source = "fork(2), close(2)",
	.mend = "In the parent, close(connection) right after fork().",
	.detect = detect,
	.follows = follows,
};
