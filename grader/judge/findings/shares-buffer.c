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

/* A client sent as many bytes as it was to send, and in the place of some of them those that come later. */
static void detect_client(struct inquiry *inquiry, const struct student_end *at)
{
	enum { ALIKE = 32 };
	struct story_bytes expected;
	size_t offset = inquiry_difference(inquiry, at->connection, at->end, &expected);
	const struct story_bytes *got = &at->mine->stream;
	if (at->end != END_CLIENT || offset == SIZE_MAX || got->length != expected.length || offset + ALIKE > got->length ||
	    at->mine->last_write == STORY_NONE)
		return;
	const uint8_t *later = memmem(expected.bytes + offset, expected.length - offset, got->bytes + offset, ALIKE);
	if (later != NULL)
		finding_add(
			inquiry, at->actor, EVENTS(at->mine->last_write),
			"from byte %zu on the bytes were sent that stand at byte %zu of the input: the buffer was read into "
			"again before it was sent.",
			offset, (size_t)(later - expected.bytes));
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected, others;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		const struct story_bytes *got = &at.mine->stream;
		detect_client(inquiry, &at);
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

/* Over UDP: a reply is as long as the datagram that it answers, and begins like one that was taken after it. */
static void detect_datagrams(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.end != END_SERVER || wrong.got == NULL ||
	    wrong.expected->kind != DATA_BYTES || wrong.got->length != wrong.expected->length || wrong.got->known == 0 ||
	    wrong.got->sent == STORY_NONE)
		return;
	const struct story_datagram *asked = NULL;
	for (const struct story_datagram *next = taken_next(inquiry, END_SERVER, 0);
	     next != NULL && next->taken < wrong.got->sent; next = taken_next(inquiry, END_SERVER, next->taken)) {
		bool same = next->length == wrong.expected->length && next->known == next->length &&
		            memcmp(next->bytes, wrong.expected->bytes, next->length) == 0;
		size_t known = wrong.got->known < next->known ? wrong.got->known : next->known;
		if (asked == NULL && same)
			asked = next;
		else if (asked != NULL && known == wrong.got->known && memcmp(next->bytes, wrong.got->bytes, known) == 0)
			finding_add(inquiry, wrong.actor, EVENTS(asked->taken, next->taken, wrong.got->sent),
			            "the answer has the length of one datagram and the bytes of the next: before it was sent, %s "
			            "had read into the same buffer again.",
			            inquiry_call(inquiry, next->taken));
	}
}

const struct finding_row finding_shares_buffer = {
	.id = "shares-buffer",
	.title = "One buffer is used for two messages at once",
	.explanation = "A global or static variable exists once for all threads. While one thread is about to send what it "
				   "has read, another one reads into the same buffer. The same happens where a queue or a channel "
				   "carries a pointer, a slice or a reference to the buffer, and not a copy of its bytes.",
	.source = "pthreads(7)",
	.mend = "Make the buffer and the count local variables of the function that serves a client, without `static`, or "
			"fields of an object of each client. What is handed to another thread needs a buffer of its own.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
	.follows = follows,
};
