#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (offset == SIZE_MAX)
			continue;
		const struct story_bytes *got = &at.mine->stream;
		bool missing = offset < expected.length && (expected.bytes[offset] == '\n' || expected.bytes[offset] == '\r') &&
		               (offset == got->length ||
		                (offset + 1 < expected.length && got->bytes[offset] == expected.bytes[offset + 1])) &&
		               expected.length - offset <= got->length - offset + 8;
		bool added = offset < got->length && (got->bytes[offset] == '\n' || got->bytes[offset] == '\r') &&
		             (offset == expected.length ||
		              (offset + 1 < got->length && got->bytes[offset + 1] == expected.bytes[offset]));
		if (missing || added)
			finding_add(inquiry, at.actor, EVENTS(at.mine->last_write), "a newline was %s at byte %s.",
			            missing ? "removed" : "added", inquiry_number(inquiry, offset));
	}
}

const struct finding_row finding_newline_changed = {
	.id = "newline-changed",
	.title = "A newline was added or removed",
	.explanation = "Functions that read or print lines may drop the newline (getline() of C++, input() of "
				   "Python) or add one (puts(), print()).",
	.source = "fgets(3), puts(3)",
	.mend = "Send the bytes of the input as they are.",
	.detect = detect,
};
