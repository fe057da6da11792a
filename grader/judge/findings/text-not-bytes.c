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
                                      NULL};

static void detect(struct inquiry *inquiry)
{
	static const char *const cries[] = {"UnicodeDecodeError", "UnicodeEncodeError", "MalformedInputException",
	                                    "invalid utf-8"};
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		for (size_t i = 0; i < sizeof(cries) / sizeof(cries[0]); i++) {
			if (program->output[1].length > 0 &&
			    memmem(program->output[1].bytes, program->output[1].length, cries[i], strlen(cries[i])) != NULL)
				finding_add(inquiry, at.actor, EVENTS(program->output_event[1]),
				            "the program decoded received bytes as text and printed %s.", cries[i]);
		}
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (offset == SIZE_MAX || offset >= expected.length || expected.bytes[offset] < 0x80 ||
		    offset >= at.mine->stream.length)
			continue;
		unsigned char got = at.mine->stream.bytes[offset];
		if (got == 0xef || got == 0xc2 || got == 0xc3 || got == '?' || got == '\\')
			finding_add(inquiry, at.actor, EVENTS(at.mine->last_write),
			            "byte %s should be 0x%02x and is 0x%02x: the bytes went through a text encoding.",
			            inquiry_number(inquiry, offset), expected.bytes[offset], got);
	}
}

const struct finding_row finding_text_not_bytes = {
	.id = "text-not-bytes",
	.title = "Bytes are treated as text",
	.explanation = "TCP carries bytes. Decoding them as text and encoding them again changes or drops every byte "
				   "that is not valid in that encoding, or raises an exception in the middle of the stream.",
	.source = "RFC 9293 §3.1 (a stream of octets)",
	.mend = "Work on the bytes as they were read: bytes instead of str in Python, InputStream instead of "
			"Reader in Java, Buffer instead of string in Node.",
	.detect = detect,
	.follows = follows,
};
