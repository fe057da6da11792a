#include "judge/findings.h"

#include "timeline/timeline.h"

#include <string.h>

static const char *const follows[] = {
	"stale-bytes",        "nul-truncation",      "newline-changed",  "one-read-one-message",
	"sends-whole-buffer", "short-write-ignored", "unasked-greeting", NULL};

enum { LEAST = 4 }; /* bytes that tell whose they are */

/* The thread that wrote last on this connection had read from this very one. */
static bool reads_its_own(const struct inquiry *inquiry, const struct student_end *at)
{
	const struct event *write = &inquiry->timeline->events[at->mine->last_write];
	for (size_t i = write->number; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_RETURN && event->tid == write->tid && call_reads(event->call.call) &&
		    event->call.result > 0)
			return event->connection == write->connection;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected, others;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		const struct story_bytes *got = &at.mine->stream;
		if (at.end != END_SERVER || offset == SIZE_MAX || offset >= got->length || at.mine->last_write == STORY_NONE ||
		    !reads_its_own(inquiry, &at))
			continue;
		while (offset > 0 && got->bytes[offset - 1] != '\n')
			offset--;
		if (got->length - offset < LEAST || memmem(expected.bytes, expected.length, got->bytes + offset, LEAST) != NULL)
			continue;
		for (struct student_end each = {0}; inquiry_next(inquiry, &each);) {
			if (each.actor == at.actor && each.connection != at.connection &&
			    inquiry_expected(inquiry, each.connection, each.end, &others) && others.length > 0 &&
			    memmem(others.bytes, others.length, got->bytes + offset, LEAST) != NULL)
				finding_add(
					inquiry, at.actor, EVENTS(each.mine->last_read, at.mine->last_write),
					"bytes that came on descriptor %d were sent back on descriptor %d, whose own had been read: "
					"the second read() went into the buffer of the first.",
					each.mine->descriptor, at.mine->descriptor);
		}
	}
}

const struct finding_row finding_shares_buffer = {
	.id = "shares-buffer",
	.title = "Several clients share one buffer",
	.explanation = "A global or static variable exists once for all threads. While one thread is about to send what it "
				   "has read, another one reads into the same buffer.",
	.source = "pthreads(7)",
	.mend = "Make the buffer and the count local variables of the function that serves a client, without `static`, or "
			"fields of an object of each client.",
	.detect = detect,
	.follows = follows,
};
