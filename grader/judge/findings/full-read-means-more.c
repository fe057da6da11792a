#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"reply-not-sent", "one-read-one-message", "waits-for-full-buffer", NULL};

/* Shorter ones are fields of a header: the program waits for what that announces. */
enum { SHORTEST = 8 };

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; story_sees_reads(inquiry->story) && inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		const struct story_transfer *last = inquiry_unanswered(inquiry, &at, &expected);
		if (last != NULL && last->result == last->asked && last->asked >= SHORTEST)
			finding_add(
				inquiry, at.actor, EVENTS(last->event),
				"%s was asked for %s and returned as many; the program takes that for a sign of more to come, and waits before it answers.",
				inquiry_call(inquiry, last->event), inquiry_bytes(inquiry, (uint64_t)last->asked));
	}
}

const struct finding_row finding_full_read_means_more = {
	.id = "full-read-means-more",
	.title = "A full buffer is taken for a sign of more",
	.explanation =
		"That read() filled the whole buffer does not mean that more is on its way, and that it "
		"returned less does not mean that the message is over. When a message happens to end where the buffer "
		"does, the program waits for bytes that nobody sends.",
	.source = "RFC 9293 §2.2, §3.8; read(2)",
	.mend =
		"Send back after each read() what it returned. Where a message ends, only the protocol can tell (a newline, "
		"a length, the end of the stream).",
	.detect = detect,
	.follows = follows,
};
