#include "judge/findings.h"

static const char *const follows[] = {
	"write-error-ignored", "exits-on-client-error", "killed-by-sigpipe", "spins-when-idle", "crashed", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		uint32_t failed = STORY_NONE;
		for (size_t i = 0; i < at.mine->reads.count; i++) {
			if (at.mine->reads.list[i].result < 0 && failed == STORY_NONE)
				failed = at.mine->reads.list[i].event;
		}
		for (size_t i = 0; failed != STORY_NONE && i < at.mine->writes.count; i++) {
			const struct story_transfer *write = &at.mine->writes.list[i];
			if (write->asked < 0 && write->event > failed)
				finding_add(inquiry, at.actor, EVENTS(failed, write->event),
				            "%s returned -1, and -1 was given to %s() as the number of bytes.",
				            inquiry_call(inquiry, failed), story_call_word(inquiry->story, at.actor, write->call));
		}
	}
}

const struct finding_row finding_error_as_length = {
	.id = "error-as-length",
	.title = "An error is used as a length",
	.explanation = "read() returns -1 when it fails. As a number of bytes (an unsigned size_t) that is more than "
				   "the whole memory.",
	.source = "read(2), write(2)",
	.mend = "Look at what read() returned before you use it: below 0 is an error, 0 is the end, above 0 is a count.",
	.detect = detect,
	.follows = follows,
};
