#include "judge/findings.h"

static const char *const follows[] = {"one-read-one-message", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (at.end != END_SERVER || offset == SIZE_MAX || offset != at.mine->stream.length ||
		    offset >= expected.length || at.other->ended == STORY_NONE || at.mine->ended == STORY_NONE ||
		    at.mine->ended < at.other->ended || at.mine->close_began == STORY_NONE || expected.bytes[offset] == 0)
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.other->ended, at.mine->close_began, at.mine->ended),
		            "the client had half-closed; the server closed after %llu of %s.", (unsigned long long)offset,
		            inquiry_bytes(inquiry, expected.length));
	}
}

const struct finding_row finding_half_close_drops_data = {
	.id = "half-close-drops-data",
	.title = "Data are lost when the client half-closes",
	.explanation = "shutdown(SHUT_WR) of the client ends one direction only. What it had sent before still has "
				   "to be answered, and the answer still reaches it.",
	.source = "RFC 9293 §3.6 (half-close); shutdown(2)",
	.mend = "Answer everything that was read before read() returned 0; close() only when all of it is "
			"written.",
	.detect = detect,
	.follows = follows,
};
