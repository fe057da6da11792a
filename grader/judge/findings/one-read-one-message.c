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

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct line *unmet = inquiry_unmet(inquiry, VERB_SEND, at.actor);
		if (unmet == NULL)
			unmet = inquiry_unmet(inquiry, VERB_STDOUT, at.actor);
		if (unmet == NULL || at.mine->reads.count == 0 || !in_pieces(inquiry, at.actor))
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->reads.list[0].event),
		            "the message came in several pieces, and each read() was treated as a whole one.");
	}
}

const struct finding_row finding_one_read_one_message = {
	.id = "one-read-one-message",
	.title = "One read() is taken for one message",
	.explanation = "TCP is a stream without message boundaries. What was sent in one piece may arrive in "
	               "several, and several pieces may arrive in one. read() returns what is there.",
	.source = "RFC 9293 §3.1, §3.8; read(2)",
	.mend = "Collect bytes until a message is complete (a newline, a length), and keep what lies behind "
	        "it for the next one.",
	.detect = detect,
};
