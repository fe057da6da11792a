#include "judge/findings.h"

static const char *const follows[] = {"client-ignores-eof", "client-never-half-closes", "connection-abandoned",
                                      "never-closed",       "one-read-one-message",     NULL};

/* The program waits for bytes of the connection, and for nothing else. */
static const struct story_blocked *waits(const struct inquiry *inquiry, const struct student_end *at)
{
	const struct story_blocked *found = NULL;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->actor != at->actor)
			continue;
		if (found != NULL || blocked->held || !call_reads(blocked->call) ||
		    blocked->connection != at->connection->number)
			return NULL;
		found = blocked;
	}
	return found;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		if (at.end != END_CLIENT || !inquiry->settled || inquiry_unmet(inquiry, VERB_SEND, at.actor) == NULL ||
		    at.other->ended != STORY_NONE || at.mine->ended != STORY_NONE || at.other->broken != STORY_NONE)
			continue;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		const struct story_blocked *blocked = waits(inquiry, &at);
		if (offset == SIZE_MAX || offset == 0 || offset != at.mine->stream.length || offset >= expected.length ||
		    expected.bytes[offset - 1] != '\n' || blocked == NULL || at.other->written >= offset)
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->last_write, blocked->event),
		            "the client sent %llu of %s, then waited in %s() for the reply before it sent the rest.",
		            (unsigned long long)offset, inquiry_bytes(inquiry, expected.length),
		            story_call_word(inquiry->story, blocked->actor, blocked->call));
	}
}

const struct finding_row finding_waits_for_each_reply = {
	.id = "waits-for-each-reply",
	.title = "Each line waits for the reply to the one before",
	.explanation = "A client that sends a line only when the last one has come back does nothing for a whole round "
				   "trip, line after line, and stands still for good with a server that answers later.",
	.source = "RFC 9293 §3.8 (the stream carries both directions at once); poll(2)",
	.mend = "Watch the input and the socket with poll(), and send and receive whichever is ready; or use a thread "
			"for each direction.",
	.detect = detect,
	.follows = follows,
};
