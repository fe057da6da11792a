#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>
#include <string.h>

static const char *const follows[] = {
	"one-read-one-message", "half-close-drops-data", "drops-last-line", "client-closes-too-early",
	"uncaught-exception",   "input-not-sent",        "input-kept-back", NULL};

/* The program may still be waiting until it can go on. */
static bool waits_to_write(const struct inquiry *inquiry, const struct student_end *at)
{
	return at->mine->confirmed != STORY_NONE && at->mine->send_queue > 0 &&
	       inquiry->story->actors[at->actor].exited == STORY_NONE;
}

/* The rest was kept, and thrown away when the client half-closed: another bug. */
static bool ended_meanwhile(const struct student_end *at, uint32_t write)
{
	return at->mine->zero_read != STORY_NONE && at->mine->zero_read > write && at->mine->close_began != STORY_NONE &&
	       at->mine->close_began > at->mine->zero_read;
}

/* A gap: what is missing at the first difference, and what follows it came.  Only where the buffers were small. */
static size_t bytes_lost(const struct inquiry *inquiry, const struct student_end *at)
{
	struct story_bytes expected;
	const struct story_bytes *stream = &at->mine->stream;
	size_t offset = inquiry_difference(inquiry, at->connection, at->end, &expected);
	if (inquiry->test->test->buffer_bytes == 0 || offset == SIZE_MAX || offset + 64 > stream->length ||
	    offset >= expected.length)
		return 0;
	const uint8_t *found = memmem(expected.bytes + offset, expected.length - offset, stream->bytes + offset, 64);
	return found != NULL ? (size_t)(found - expected.bytes) - offset : 0;
}

/* What the call was given, which its return does not show; NULL. */
static const struct event *given_to(const struct inquiry *inquiry, const struct story_transfer *write)
{
	const struct event *returned = &inquiry->timeline->events[write->event];
	for (uint32_t i = write->event; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->tid == returned->tid && event->kind == EVENT_CALL)
			return event->call.call == returned->call.call ? event : NULL;
	}
	return NULL;
}

/* The next write has room for what was left, and as far as the bytes are known it begins with them. */
static bool goes_on(const struct inquiry *inquiry, const struct story_transfer *write,
                    const struct story_transfer *next, int64_t left)
{
	const struct event *first = given_to(inquiry, write), *second = given_to(inquiry, next);
	size_t taken = write->result > 0 ? (size_t)write->result : 0, known = 0;
	if (first != NULL && second != NULL && first->data_length > taken)
		known = first->data_length - taken;
	if (known > 0 && known > second->data_length)
		known = second->data_length;
	return next->asked >= left && (known == 0 || memcmp(first->data + taken, second->data, known) == 0);
}

/* The next write begins where this one began, and not behind what it took. */
static bool starts_over(const struct inquiry *inquiry, const struct story_transfer *write,
                        const struct story_transfer *next)
{
	enum { LEAST = 16 }; /* bytes that tell where a text begins */
	const struct event *first = given_to(inquiry, write), *second = given_to(inquiry, next);
	return first != NULL && second != NULL && first->data_length >= LEAST && second->data_length >= LEAST &&
	       memcmp(first->data, second->data, LEAST) == 0;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t different = inquiry_difference(inquiry, at.connection, at.end, &expected), taken = 0;
		if (different == SIZE_MAX && inquiry_unmet(inquiry, VERB_SEND, at.actor) == NULL)
			continue;
		size_t lost = bytes_lost(inquiry, &at);
		if (lost > 0)
			finding_add(
				inquiry, at.actor,
				EVENTS(at.mine->last_write != STORY_NONE ? at.mine->last_write : at.connection->created),
				"%s of what you sent went missing in the middle while the other side was slow to read: a write() took less than it was given.",
				inquiry_bytes(inquiry, lost));
		for (size_t i = 0; i < at.mine->writes.count; i++) {
			const struct story_transfer *write = &at.mine->writes.list[i];
			bool part = write->result > 0 && write->result < write->asked, none = write->result == -EAGAIN;
			taken += write->result > 0 ? (size_t)write->result : 0;
			if (!part && !none)
				continue;
			int64_t left = part ? write->asked - write->result : write->asked;
			const struct story_transfer *next = i + 1 < at.mine->writes.count ? &at.mine->writes.list[i + 1] : NULL;
			if (part && next != NULL && taken == different && starts_over(inquiry, write, next)) {
				finding_add(inquiry, at.actor, EVENTS(write->event, next->event),
				            "%s took %lld of %lld bytes, and the next call began with the same ones again.",
				            inquiry_call(inquiry, write->event), (long long)write->result, (long long)write->asked);
				continue;
			}
			if (next != NULL && goes_on(inquiry, write, next, left))
				continue;
			if (next == NULL && (waits_to_write(inquiry, &at) || ended_meanwhile(&at, write->event)))
				continue;
			finding_add(inquiry, at.actor, EVENTS(write->event), "%s took %lld of %s; the other %lld never followed.",
			            inquiry_call(inquiry, write->event), (long long)(part ? write->result : 0),
			            inquiry_bytes(inquiry, (uint64_t)write->asked), (long long)left);
		}
	}
}

const struct finding_row finding_short_write_ignored = {
	.id = "short-write-ignored",
	.title = "A short write is ignored",
	.robustness = true,
	.explanation = "write() may take fewer bytes than it was given, and on a non-blocking socket it may take "
				   "none (EAGAIN). What it did not take has not been sent.",
	.source = "write(2), send(2)",
	.mend = "Loop until all is written; on a non-blocking socket keep the rest and wait for POLLOUT.",
	.detect = detect,
	.follows = follows,
};
