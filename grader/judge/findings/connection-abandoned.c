#include "judge/findings.h"

static const char *const follows[] = {"never-closed", "descriptor-leak", NULL};

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

/* Nothing lies there but the end of the stream, and no read has asked for it. */
static bool end_unread(const struct inquiry *inquiry, const struct student_end *at)
{
	return inquiry->failed && story_sees_reads(inquiry->story) && at->mine->reads.count > 0 &&
	       at->mine->last_read < at->other->ended && at->mine->send_queue == 0;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		if (!inquiry->settled || at.other->ended == STORY_NONE || at.mine->ended != STORY_NONE ||
		    at.mine->broken != STORY_NONE || at.other->broken != STORY_NONE || at.mine->made == STORY_NONE ||
		    at.mine->zero_reads > 0 || at.mine->confirmed == STORY_NONE || !at.mine->held ||
		    (at.mine->receive_queue == 0 && !end_unread(inquiry, &at)) || program->exited != STORY_NONE ||
		    program->holds || writes(inquiry, &at))
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.other->ended, at.mine->confirmed),
		            "the %s has closed; descriptor %d was never read to its end and stays open in %s.",
		            at.end == END_SERVER ? "client" : "server", at.mine->descriptor, tcp_state_word(at.mine->state));
	}
}

const struct finding_row finding_connection_abandoned = {
	.id = "connection-abandoned",
	.title = "A connection is not read any more",
	.explanation = "The client has closed, and what it sent lies unread in the socket (the end of the stream "
				   "included). The program does something else and never comes back to this connection. That "
				   "nothing lies there (available() in Java, FIONREAD) does not mean that it goes on: only read() "
				   "tells the end.",
	.source = "read(2); RFC 9293 §3.6",
	.mend = "Go on reading from each connection until read() returns 0, then close() it.",
	.detect = detect,
	.follows = follows,
};
