#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"stdin-eof-ignored",  "newline-changed",  "stale-bytes",
                                      "sends-whole-buffer", "unasked-greeting", NULL};

static void detect(struct inquiry *inquiry)
{
	static const char *const words[] = {"(null)", "null", "None", "undefined"};
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (offset == SIZE_MAX || offset < expected.length || at.mine->last_write == STORY_NONE)
			continue;
		const uint8_t *more = at.mine->stream.bytes + offset;
		size_t left = at.mine->stream.length - offset;
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (left >= strlen(words[i]) && memcmp(more, words[i], strlen(words[i])) == 0) {
				finding_add(inquiry, at.actor, EVENTS(at.mine->last_write),
				            "after the last line \"%s\" was sent: that stands for \"no line\".", words[i]);
				break;
			}
		}
	}
}

const struct finding_row finding_sends_null = {
	.id = "sends-null",
	.title = "\"No more input\" is sent as text",
	.explanation = "At the end of the input there is no line: fgets() returns NULL, readLine() null, and printing "
				   "that makes the text \"(null)\" or \"null\" of it.",
	.source = "fgets(3), printf(3)",
	.mend = "Check for the end of the input before the line is used.",
	.detect = detect,
	.follows = follows,
};
