#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"newline-changed", "client-never-half-closes", "spins-when-idle",
                                      "prompts-on-stdout", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (at.end != END_CLIENT || offset == SIZE_MAX || offset < expected.length || offset == 0 ||
		    at.mine->stream.length < offset + 2)
			continue;
		size_t more = at.mine->stream.length - offset, length = more < offset ? more : offset;
		for (size_t back = 1; back <= offset && back <= 4096; back++) {
			size_t compared = length < back ? length : back;
			if (memcmp(at.mine->stream.bytes + offset, at.mine->stream.bytes + offset - back, compared) == 0 &&
			    compared >= 2) {
				finding_add(inquiry, at.actor, EVENTS(at.mine->last_write),
				            "the input had ended after %s, and the client sent its last line again: %s too many.",
				            inquiry_bytes(inquiry, offset), inquiry_bytes(inquiry, more));
				break;
			}
		}
	}
}

const struct finding_row finding_stdin_eof_ignored = {
	.id = "stdin-eof-ignored",
	.title = "The end of the input is ignored",
	.explanation = "fgets() returns NULL and read() returns 0 at the end of the input. The buffer then still "
				   "holds the last line: sending it again sends it for ever.",
	.source = "fgets(3), read(2)",
	.mend = "Check what fgets() or read() returned before you use the buffer; at the end of the input "
			"stop sending.",
	.detect = detect,
	.follows = follows,
};
