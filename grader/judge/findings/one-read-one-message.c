#include "judge/findings.h"

/* The other side sent in pieces that the spec cut. */
static bool in_pieces(const struct inquiry *inquiry, int actor)
{
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->step->verb == VERB_SEND && line->actor != actor && line->step->piece_count > 1)
			return true;
	}
	return false;
}

/* Several sends of the other side came in fewer reads, all of it was read, and only the beginning was answered. */
static bool joined(const struct inquiry *inquiry, const struct student_end *at)
{
	struct story_bytes expected;
	size_t sends = 0, reads = 0;
	size_t offset = inquiry_difference(inquiry, at->connection, at->end, &expected);
	if (offset == SIZE_MAX || offset == 0 || offset != at->mine->stream.length || offset >= expected.length ||
	    story_read_bytes(at->mine) < at->other->written || expected.bytes[offset - 1] != '\n')
		return false;
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		sends += line->step->verb == VERB_SEND &&
		         line->actor == story_actor_at(inquiry->story, at->connection, !at->end) &&
		         matcher_verdict(inquiry->matcher, i)->verdict == STEP_MET;
	}
	for (size_t i = 0; i < at->mine->reads.count; i++)
		reads += at->mine->reads.list[i].result > 0;
	return reads < sends;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct line *unmet = inquiry_unmet(inquiry, VERB_SEND, at.actor);
		if (unmet == NULL)
			unmet = inquiry_unmet(inquiry, VERB_STDOUT, at.actor);
		if (unmet == NULL || at.mine->reads.count == 0)
			continue;
		if (!in_pieces(inquiry, at.actor)) {
			bool meant =
				unmet->other == ACTOR_NONE || unmet->other == story_actor_at(inquiry->story, at.connection, !at.end);
			if (meant && joined(inquiry, &at))
				finding_add(inquiry, at.actor, EVENTS(at.mine->last_read),
				            "one read() returned several messages; only the first was answered.");
			continue;
		}
		finding_add(inquiry, at.actor, EVENTS(at.mine->reads.list[0].event),
		            "the message came in several pieces, and each read() was treated as a whole one.");
	}
}

const struct finding_row finding_one_read_one_message = {
	.id = "one-read-one-message",
	.title = "One read() is taken for one message",
	.explanation = "TCP is a stream without message boundaries. What was sent in one piece may arrive in "
				   "several, and several pieces may arrive in one. read() returns what is there.",
	.source = "RFC 9293 §2.2, §3.8; read(2)",
	.mend = "Collect bytes until a message is complete (a newline, a length), and keep what lies behind "
			"it for the next one.",
	.detect = detect,
};
