#include "judge/findings.h"

static const char *const follows[] = {"loss-not-repaired", "prompts-on-stdout", "datagram-truncated",
                                      "datagram-read-in-pieces", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->failed && inquiry_next(inquiry, &at);) {
		for (size_t i = 1; at.end == END_CLIENT && i < at.mine->datagram_count; i++) {
			const struct story_datagram *next = &at.mine->datagrams[i], *asked = &at.mine->datagrams[i - 1];
			const struct story_datagram *answer = taken_before(at.other, next->event);
			if (answer == NULL || answer->taken < asked->event || datagrams_alike(answer, asked) ||
			    datagrams_alike(next, asked) ||
			    (inquiry_unmet(inquiry, VERB_SILENT, at.actor) == NULL &&
			     inquiry_unmet(inquiry, VERB_SEND, at.actor) == NULL))
				continue;
			finding_add(inquiry, at.actor, EVENTS(answer->taken, next->event),
			            "%s took a datagram that was no answer to the last one sent, and the program went on.",
			            inquiry_call(inquiry, answer->taken));
		}
	}
}

const struct finding_row finding_any_answer_taken = {
	.id = "any-answer-taken",
	.title = "Any datagram is taken for the answer",
	.explanation =
		"An answer may come late or twice, and anybody can send anything. What comes next is therefore not always the answer to what was sent last.",
	.source = "RFC 1122 §4.1.1",
	.mend = "Compare what came with what was sent; pass over what does not belong to it, and go on waiting.",
	.detect_datagrams = detect,
	.follows = follows,
};
