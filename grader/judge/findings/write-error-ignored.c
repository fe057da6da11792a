#include "judge/findings.h"

#include <errno.h>

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		unsigned failed = 0;
		uint32_t first = STORY_NONE;
		for (size_t i = 0; i < at.mine->writes.count; i++) {
			const struct story_transfer *write = &at.mine->writes.list[i];
			if (write->result != -EPIPE && write->result != -ECONNRESET)
				continue;
			failed += write->repeat > 0 ? write->repeat : 1;
			first = first == STORY_NONE ? write->event : first;
		}
		if (failed >= 3)
			finding_add(inquiry, at.actor, EVENTS(first),
			            "%s failed because the connection was gone, and was called %u times more.",
			            inquiry_call(inquiry, first), failed - 1);
	}
}

const struct finding_row finding_write_error_ignored = {
	.id = "write-error-ignored",
	.title = "A failed write() is ignored",
	.robustness = true,
	.explanation = "EPIPE and ECONNRESET say that the connection is gone. Every further write() on it fails in "
				   "the same way.",
	.source = "write(2), send(2)",
	.mend = "After a failed write(): close the descriptor and forget the connection.",
	.detect = detect,
};
