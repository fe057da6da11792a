#include "judge/findings.h"

static const char *const follows[] = {"never-closed", NULL};

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

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		if (at.end != END_CLIENT || !inquiry->failed || !inquiry->settled || at.mine->zero_reads == 0 ||
		    program->exited != STORY_NONE || program->holds || writes(inquiry, &at))
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->zero_read),
		            "%s %s: the server had closed. The client did not end.", inquiry_call(inquiry, at.mine->zero_read),
		            story_end_word(inquiry->story, at.actor));
	}
}

const struct finding_row finding_client_ignores_eof = {
	.id = "client-ignores-eof",
	.title = "The client goes on after the server has closed",
	.explanation = "read() returned 0: the server has ended the connection, and nothing will come any more. A "
				   "client that stays then waits for ever.",
	.source = "read(2); RFC 9293 §3.6",
	.mend = "When read() returns 0: close() and exit.",
	.detect = detect,
	.follows = follows,
};
