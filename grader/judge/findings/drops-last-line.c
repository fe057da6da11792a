#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"one-read-one-message", "half-close-drops-data", "reply-not-sent",
                                      "input-not-sent", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (offset == SIZE_MAX || offset != at.mine->stream.length || offset >= expected.length ||
		    (at.end == END_SERVER && at.other->ended == STORY_NONE) ||
		    (offset > 0 && expected.bytes[offset - 1] != '\n') ||
		    memchr(expected.bytes + offset, '\n', expected.length - offset) != NULL || !inquiry->settled ||
		    (at.end == END_SERVER && story_read_bytes(at.mine) < expected.length))
			continue;
		finding_add(
			inquiry, at.actor, EVENTS(at.mine->last_write != STORY_NONE ? at.mine->last_write : at.connection->created),
			"the last line, %s without a newline, was not sent.", inquiry_bytes(inquiry, expected.length - offset));
	}
}

const struct finding_row finding_drops_last_line = {
	.id = "drops-last-line",
	.title = "A last line without newline is lost",
	.explanation = "The stream may end without a newline. What was collected of the last line is still data.",
	.source = "read(2)",
	.mend = "When read() returns 0, handle what is left in the buffer before you close().",
	.detect = detect,
	.follows = follows,
};
