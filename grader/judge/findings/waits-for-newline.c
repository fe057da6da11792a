#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"reply-not-sent", "one-read-one-message", "waits-for-full-buffer", NULL};

/* What is left holds something but zero bytes: those may have been taken for the end of a string. */
static bool holds_back(const struct story_bytes *expected, size_t offset)
{
	while (offset < expected->length && expected->bytes[offset] == 0)
		offset++;
	return offset < expected->length;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (at.end != END_SERVER || offset == SIZE_MAX || offset != at.mine->stream.length ||
		    offset >= expected.length || !inquiry->settled || at.other->ended != STORY_NONE ||
		    at.mine->ended != STORY_NONE || story_read_bytes(at.mine) < expected.length ||
		    (offset > 0 && expected.bytes[offset - 1] != '\n') ||
		    memchr(expected.bytes + offset, '\n', expected.length - offset) != NULL || !holds_back(&expected, offset))
			continue;
		finding_add(inquiry, at.actor,
		            EVENTS(at.mine->last_read != STORY_NONE ? at.mine->last_read : at.connection->created),
		            "the program read %s without a newline and sent nothing back: it waits for the line to end.",
		            inquiry_bytes(inquiry, expected.length - offset));
	}
}

const struct finding_row finding_waits_for_newline = {
	.id = "waits-for-newline",
	.title = "Bytes wait for a newline",
	.explanation =
		"Functions that read lines (fgets(), getline(), readLine(), readline(), Scanner, `for line in`) keep "
		"what has come until there is a newline. The contract speaks of bytes, and the client may wait for "
		"these before it sends more.",
	.source = "the assignment; RFC 9293 §2.2 (a stream of bytes)",
	.mend = "Read bytes, not lines: read() or recv() returns what has come, whatever is in it. Send that back at once.",
	.detect = detect,
	.follows = follows,
};
