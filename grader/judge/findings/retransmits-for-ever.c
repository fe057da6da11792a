#include "judge/findings.h"

static const char *const follows[] = {"no-time-out", NULL};

enum { TRIES_MOST = 4 };

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->failed && inquiry_next(inquiry, &at);) {
		size_t row = 1, longest = 1;
		uint32_t too_many = STORY_NONE; /* the first that was one more than a few */
		for (size_t i = 1; at.end == END_CLIENT && i < at.mine->datagram_count; i++) {
			const struct story_datagram *datagram = &at.mine->datagrams[i], *before = &at.mine->datagrams[i - 1];
			const struct story_datagram *answer = taken_before(at.other, datagram->event);
			bool same = datagrams_alike(datagram, before) && (answer == NULL || answer->taken < before->event);
			row = same ? row + 1 : 1;
			longest = row > longest ? row : longest;
			if (row >= TRIES_MOST && too_many == STORY_NONE)
				too_many = datagram->event;
		}
		if (too_many != STORY_NONE && inquiry_unmet(inquiry, VERB_EXIT, at.actor) != NULL)
			finding_add(inquiry, at.actor, EVENTS(too_many),
			            "the same datagram was sent %zu times, and there was no end to it.", longest);
	}
}

const struct finding_row finding_retransmits_for_ever = {
	.id = "retransmits-for-ever",
	.title = "It sends again and again without end",
	.explanation =
		"A server that does not answer may never do so. Retransmission without a limit keeps the program running for "
		"ever and loads the network for nothing.",
	.source = "RFC 1122 §4.1.1",
	.mend = "Count the tries; after the last one say that there was no answer, and end.",
	.detect_datagrams = detect,
	.follows = follows,
};
