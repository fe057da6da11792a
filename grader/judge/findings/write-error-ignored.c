#include "judge/findings.h"

#include <errno.h>

/* Buffered writers try once more what they hold when they are flushed and closed: that alone ignores nothing. */
enum { SEVERAL = 3, MANY = 8 };

static bool read_on(const struct student_end *at, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < at->mine->reads.count; i++)
		if (at->mine->reads.list[i].event > from && at->mine->reads.list[i].event < to)
			return true;
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		unsigned failed = 0;
		uint32_t first = STORY_NONE, last = STORY_NONE;
		for (size_t i = 0; i < at.mine->writes.count; i++) {
			const struct story_transfer *write = &at.mine->writes.list[i];
			if (write->result != -EPIPE && write->result != -ECONNRESET)
				continue;
			failed += write->repeat > 0 ? write->repeat : 1;
			first = first == STORY_NONE ? write->event : first;
			last = write->event;
		}
		if (failed >= MANY || (failed >= SEVERAL && read_on(&at, first, last)))
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
