#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"one-read-one-message", "half-close-drops-data", "drops-last-line",
                                      "short-write-ignored",  "newline-changed",       "stdin-eof-ignored",
                                      "stale-bytes",          "prompts-on-stdout",     NULL};

/* A client that writes before it reads: the lines say how much it has to write in all. */
static bool expected_short(const struct inquiry *inquiry, const struct student_end *at, int64_t asked)
{
	struct story_bytes expected;
	return !inquiry_expected(inquiry, at->connection, at->end, &expected) || (int64_t)expected.length >= asked;
}

/* What a client writes has nothing to do with what it has read: there zero bytes behind its data tell. */
static bool zeros_sent(const struct inquiry *inquiry, const struct student_end *at)
{
	struct story_bytes expected;
	size_t offset = inquiry_difference(inquiry, at->connection, at->end, &expected);
	return offset != SIZE_MAX && offset == expected.length && offset < at->mine->stream.length &&
	       at->mine->stream.bytes[offset] == 0;
}

/* Zero bytes behind each piece of the reply. */
static void detect_printed(struct inquiry *inquiry)
{
	enum { ZEROS = 16 };
	static const uint8_t zeros[ZEROS];
	for (struct printed printed = {0}; inquiry_next_printed(inquiry, &printed);) {
		if (printed.output->length >= printed.offset + ZEROS && printed.output->length > printed.received &&
		    memcmp(printed.output->bytes + printed.offset, zeros, ZEROS) == 0)
			finding_add(inquiry, printed.actor, EVENTS(printed.event),
			            "%s of the reply came in, and %llu were printed: zero bytes of the buffer went with them.",
			            inquiry_bytes(inquiry, printed.received), (unsigned long long)printed.output->length);
	}
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		if (inquiry_difference(inquiry, at.connection, at.end, &expected) == SIZE_MAX && !inquiry->failed)
			continue;
		for (size_t i = 0; i < at.mine->writes.count; i++) {
			const struct story_transfer *write = &at.mine->writes.list[i], *read = NULL;
			int64_t in_hand = 0;
			for (size_t j = 0; j < i; j++)
				in_hand -= at.mine->writes.list[j].result > 0 ? at.mine->writes.list[j].result : 0;
			for (size_t j = 0; j < at.mine->reads.count && at.mine->reads.list[j].event < write->event; j++) {
				read = at.mine->reads.list[j].result > 0 ? &at.mine->reads.list[j] : read;
				in_hand += at.mine->reads.list[j].result > 0 ? at.mine->reads.list[j].result : 0;
			}
			/* A buffer of its own may gather what several reads gave. */
			if (at.end == END_SERVER && in_hand >= write->asked)
				continue;
			if (write->asked < (at.end == END_SERVER ? 16 : 64) ||
			    (read != NULL && at.end == END_SERVER &&
			     (read->result >= write->asked || read->asked > write->asked + 1 || read->asked + 1 < write->asked)))
				continue;
			if (at.end == END_SERVER && !story_writes_more(at.mine, write))
				continue;
			if (at.end == END_CLIENT && !zeros_sent(inquiry, &at))
				continue;
			if (read == NULL &&
			    (at.end == END_SERVER || write->asked % 128 != 0 || expected_short(inquiry, &at, write->asked)))
				continue;
			if (at.end == END_CLIENT)
				finding_add(inquiry, at.actor, EVENTS(write->event),
				            "%s was given %s; the input was shorter, and zero bytes went with it.",
				            inquiry_call(inquiry, write->event), inquiry_bytes(inquiry, (uint64_t)write->asked));
			else
				finding_add(inquiry, at.actor, EVENTS(write->event), "%s was given %s; only %lld had been read.",
				            inquiry_call(inquiry, write->event), inquiry_bytes(inquiry, (uint64_t)write->asked),
				            read != NULL ? (long long)read->result : 0);
		}
	}
	detect_printed(inquiry);
}

const struct finding_row finding_sends_whole_buffer = {
	.id = "sends-whole-buffer",
	.title = "The whole buffer is passed on",
	.explanation =
		"read() says how many bytes it put into the buffer. Sending or printing sizeof(buffer) bytes passes on "
		"whatever lay behind them as well.",
	.source = "read(2), write(2)",
	.mend = "Write or print exactly as many bytes as read() returned.",
	.detect = detect,
	.follows = follows,
};
