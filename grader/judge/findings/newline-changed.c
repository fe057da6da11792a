#include "judge/findings.h"

static const char *const follows[] = {"one-read-one-message", "prompts-on-stdout", "reply-not-printed",
                                      "input-not-sent", NULL};

static const char *which(const struct story_bytes *bytes, size_t offset)
{
	return bytes->bytes[offset] == '\r' ? "carriage return (\\r)" : "newline";
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (offset == SIZE_MAX)
			continue;
		int difference = newline_difference(&expected, &at.mine->stream, offset);
		if (difference != 0)
			finding_add(inquiry, at.actor, EVENTS(at.mine->last_write), "a %s was %s at byte %llu.",
			            which(difference < 0 ? &expected : &at.mine->stream, offset),
			            difference < 0 ? "removed" : "added", (unsigned long long)offset);
	}
	for (struct printed printed = {0}; inquiry_next_printed(inquiry, &printed);) {
		int difference = newline_difference(&printed.expected, printed.output, printed.offset);
		if (difference != 0 && printed.output->length > 0)
			finding_add(inquiry, printed.actor, EVENTS(printed.event), "a %s was %s at byte %llu of what was printed.",
			            which(difference < 0 ? &printed.expected : printed.output, printed.offset),
			            difference < 0 ? "removed" : "added", (unsigned long long)printed.offset);
	}
}

const struct finding_row finding_newline_changed = {
	.id = "newline-changed",
	.title = "A newline was added or removed",
	.explanation = "Functions that read or print lines may drop the newline (getline() of C++, input() of "
				   "Python) or add one (puts(), print()).",
	.source = "fgets(3), puts(3)",
	.mend = "Pass the bytes on as they are, to the server and to standard output.",
	.detect = detect,
	.follows = follows,
};
