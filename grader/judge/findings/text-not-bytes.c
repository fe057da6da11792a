#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"one-read-one-message",
                                      "half-close-drops-data",
                                      "drops-last-line",
                                      "short-write-ignored",
                                      "newline-changed",
                                      "stdin-eof-ignored",
                                      "exits-on-client-error",
                                      "nul-truncation",
                                      "never-closed",
                                      "closed-unread-data",
                                      "uncaught-exception",
                                      "reply-not-sent",
                                      "client-closes-too-early",
                                      "client-stops-after-one-read",
                                      "input-not-sent",
                                      "reply-not-printed",
                                      "prompts-on-stdout",
                                      NULL};

/* What stands in the place of a byte that is no character: U+FFFD, a question mark, an escape, or its two bytes of UTF-8. */
static bool text_mark(const struct story_bytes *expected, const struct story_bytes *got, size_t offset)
{
	uint8_t mark = got->bytes[offset];
	return expected->bytes[offset] >= 0x80 &&
	       (mark == 0xef || mark == 0xc2 || mark == 0xc3 || mark == '?' || mark == '\\');
}

/* The bytes that are no characters are gone, and what follows them is there. */
static bool text_left_out(const struct story_bytes *expected, const struct story_bytes *got, size_t offset)
{
	enum { ALIKE = 3 };
	size_t behind = offset;
	while (behind < expected->length && expected->bytes[behind] >= 0x80)
		behind++;
	return behind > offset && behind + ALIKE <= expected->length && offset + ALIKE <= got->length &&
	       memcmp(expected->bytes + behind, got->bytes + offset, ALIKE) == 0;
}

static void detect(struct inquiry *inquiry)
{
	static const char *const cries[] = {"UnicodeDecodeError",          "UnicodeEncodeError", "MalformedInputException",
	                                    "did not contain valid UTF-8", "Utf8Error",          "invalid utf-8"};
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		for (size_t i = 0; i < sizeof(cries) / sizeof(cries[0]); i++) {
			if (program->output[1].length > 0 &&
			    memmem(program->output[1].bytes, program->output[1].length, cries[i], strlen(cries[i])) != NULL)
				finding_add(inquiry, at.actor,
				            at.mine->last_read != STORY_NONE ? EVENTS(program->output_event[1], at.mine->last_read)
				                                             : EVENTS(program->output_event[1]),
				            "the program took the bytes for text, which they are not: %s.", cries[i]);
		}
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (offset == SIZE_MAX || offset >= expected.length || expected.bytes[offset] < 0x80 ||
		    offset >= at.mine->stream.length)
			continue;
		if (text_mark(&expected, &at.mine->stream, offset) || text_left_out(&expected, &at.mine->stream, offset))
			finding_add(inquiry, at.actor, EVENTS(at.mine->last_write),
			            "byte %llu should be 0x%02x and is 0x%02x: the bytes went through a text encoding.",
			            (unsigned long long)offset, expected.bytes[offset], at.mine->stream.bytes[offset]);
	}
	for (struct printed printed = {0}; inquiry_next_printed(inquiry, &printed);) {
		size_t offset = printed.offset;
		if (offset < printed.expected.length && offset < printed.output->length &&
		    (text_mark(&printed.expected, printed.output, offset) ||
		     text_left_out(&printed.expected, printed.output, offset)))
			finding_add(
				inquiry, printed.actor, EVENTS(printed.event),
				"byte %llu of the output should be 0x%02x and is 0x%02x: the bytes went through a text encoding.",
				(unsigned long long)offset, printed.expected.bytes[offset], printed.output->bytes[offset]);
	}
}

const struct finding_row finding_text_not_bytes = {
	.id = "text-not-bytes",
	.title = "Bytes are treated as text",
	.explanation = "TCP carries bytes. Decoding them as text and encoding them again changes or drops every byte "
				   "that is not valid in that encoding, or raises an exception in the middle of the stream.",
	.source = "RFC 9293 §2.2 (a stream of bytes)",
	.mend = "Work on the bytes as they were read: bytes instead of str in Python, InputStream instead of "
			"Reader in Java, Buffer instead of string in Node.",
	.detect = detect,
	.follows = follows,
};
