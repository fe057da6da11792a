#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"one-read-one-message",
                                      "half-close-drops-data",
                                      "drops-last-line",
                                      "short-write-ignored",
                                      "newline-changed",
                                      "stdin-eof-ignored",
                                      "reply-not-sent",
                                      "input-not-sent",
                                      "reply-not-printed",
                                      "prompts-on-stdout",
                                      NULL};

/* What strlen() measures never holds a zero byte. */
static bool sends_zeros(const struct story_bytes *stream)
{
	size_t known = stream->unknown_from < stream->length ? stream->unknown_from : stream->length;
	return known > 0 && memchr(stream->bytes, 0, known) != NULL;
}

/* All was read, and sent back but for zero bytes at its end. */
static bool end_trimmed(const struct inquiry *inquiry, const struct student_end *at, const struct story_bytes *expected,
                        size_t offset)
{
	for (size_t i = offset; i < expected->length; i++)
		if (expected->bytes[i] != 0)
			return false;
	const struct story_transfer *read = NULL;
	for (size_t i = 0; i < at->mine->reads.count; i++)
		read = at->mine->reads.list[i].result > 0 ? &at->mine->reads.list[i] : read;
	return inquiry->settled && at->end == END_SERVER && offset == at->mine->stream.length &&
	       story_read_bytes(at->mine) >= expected->length && read != NULL && at->mine->last_write != STORY_NONE &&
	       at->mine->last_write > read->event;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (offset < expected.length && end_trimmed(inquiry, &at, &expected, offset))
			finding_add(inquiry, at.actor, EVENTS(at.mine->last_write),
			            "all bytes came back but the zero bytes at the end, from offset %llu.",
			            (unsigned long long)offset);
		if (offset == SIZE_MAX || offset >= expected.length || expected.bytes[offset] != 0 ||
		    at.mine->writes.count == 0 || sends_zeros(&at.mine->stream))
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->last_write),
		            "what you sent stops before the zero byte at offset %llu.", (unsigned long long)offset);
	}
	for (struct printed printed = {0}; inquiry_next_printed(inquiry, &printed);) {
		if (printed.offset < printed.expected.length && printed.expected.bytes[printed.offset] == 0 &&
		    printed.offset > 0 && printed.received > printed.offset)
			finding_add(inquiry, printed.actor, EVENTS(printed.event),
			            "what you printed stops before the zero byte at offset %llu.",
			            (unsigned long long)printed.offset);
	}
}

const struct finding_row finding_nul_truncation = {
	.id = "nul-truncation",
	.title = "The data end at the first zero byte",
	.explanation = "strlen() and %s stop at a zero byte. Received data are bytes, not a C string: they may hold "
				   "zero bytes and are not terminated by one.",
	.source = "strlen(3), read(2)",
	.mend = "Use the count that read() returned for the length of what you write.",
	.detect = detect,
	.follows = follows,
};
