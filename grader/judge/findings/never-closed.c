#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"descriptor-leak", NULL};

/* A thread of the actor is blocked in writing to the connection. */
static bool writes(const struct inquiry *inquiry, const struct student_end *at)
{
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->connection == at->connection->number && blocked->actor == at->actor && call_writes(blocked->call))
			return true;
	}
	return false;
}

/* Who read the end has closed its descriptor, and the socket has one more. */
static bool closed_one(const struct inquiry *inquiry, const struct student_end *at)
{
	const struct event *events = inquiry->timeline->events;
	return at->mine->closed != STORY_NONE && at->mine->closed > at->mine->zero_read &&
	       events[at->mine->closed].pid == events[at->mine->zero_read].pid && events[at->mine->closed].call.result == 0;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		if (!inquiry->settled || at.other->ended == STORY_NONE || at.mine->broken != STORY_NONE ||
		    at.other->broken != STORY_NONE || at.mine->zero_reads == 0 || at.mine->confirmed == STORY_NONE ||
		    !at.mine->held || at.mine->confirmed < at.mine->zero_read || program->exited != STORY_NONE ||
		    program->holds || writes(inquiry, &at))
			continue;
		if (closed_one(inquiry, &at)) {
			if (inquiry->failed)
				finding_add(
					inquiry, at.actor, EVENTS(at.mine->closed, at.mine->confirmed),
					"close() was called on descriptor %d, but another descriptor of the same socket (dup(), a clone, "
					"a copy of the object) is still open.",
					inquiry->timeline->events[at.mine->closed].call.descriptor);
			continue;
		}
		if (at.mine->ended != STORY_NONE) {
			if (at.mine->shut != STORY_NONE && at.mine->closes == 0)
				finding_add(inquiry, at.actor, EVENTS(at.mine->shut, at.mine->confirmed),
				            "shutdown() sent your FIN, but close() was never called: descriptor %d is still open.",
				            at.mine->descriptor);
			continue;
		}
		finding_add(inquiry, at.actor, EVENTS(at.mine->zero_read, at.mine->confirmed),
		            "%s %s, and the descriptor was never closed: no FIN was sent, and your side stays in %s.",
		            inquiry_call(inquiry, at.mine->zero_read), story_end_word(inquiry->story, at.actor),
		            tcp_state_word(at.mine->state));
	}
}

const struct finding_row finding_never_closed = {
	.id = "never-closed",
	.title = "The connection is never closed",
	.explanation = "read() returned 0, so the other side has closed its direction. Until you close() yours, it "
				   "waits in FIN_WAIT_2 for your FIN, and your socket stays in CLOSE_WAIT and keeps a "
				   "descriptor.",
	.source = "RFC 9293 §3.6; close(2)",
	.mend = "After read() has returned 0, close() the descriptor.",
	.detect = detect,
	.follows = follows,
};
