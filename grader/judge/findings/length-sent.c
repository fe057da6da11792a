#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"newline-changed", "stale-bytes",          "sends-whole-buffer",
                                      "nul-truncation",  "one-read-one-message", NULL};

/* The stream begins with the length of the bytes behind it, as an integer of so many bytes, in either order. */
static bool length_leads(const struct story_bytes *stream, const struct story_bytes *expected, size_t width)
{
	if (stream->length <= width || stream->unknown_from <= width || expected->length == 0)
		return false;
	uint64_t big = 0, little = 0;
	for (size_t i = 0; i < width; i++) {
		big = big << 8 | stream->bytes[i];
		little |= (uint64_t)stream->bytes[i] << 8 * i;
	}
	size_t behind = stream->length - width;
	size_t same = behind < expected->length ? behind : expected->length;
	return (big == behind || little == behind || big == expected->length || little == expected->length) &&
	       memcmp(stream->bytes + width, expected->bytes, same) == 0;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		if (inquiry_difference(inquiry, at.connection, at.end, &expected) == SIZE_MAX)
			continue;
		for (size_t width = 2; width <= 8; width *= 2) {
			if (length_leads(&at.mine->stream, &expected, width))
				finding_add(inquiry, at.actor,
				            EVENTS(at.mine->last_write != STORY_NONE ? at.mine->last_write : at.connection->created),
				            "the first %zu bytes sent are a length; the data stand behind it.", width);
		}
	}
}

const struct finding_row finding_length_sent = {
	.id = "length-sent",
	.title = "A length is sent before the data",
	.explanation =
		"writeUTF() of Java, pack() with a count and other functions for records put the length of the data in "
		"front of them. Where the protocol knows no such length, it counts as data.",
	.source = "RFC 862; java.io.DataOutput",
	.mend = "Send the bytes alone: write(bytes, offset, count).",
	.detect = detect,
	.follows = follows,
};
