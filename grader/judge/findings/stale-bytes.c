#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"one-read-one-message",
                                      "half-close-drops-data",
                                      "drops-last-line",
                                      "short-write-ignored",
                                      "newline-changed",
                                      "stdin-eof-ignored",
                                      NULL};

/* Printed: what follows the right beginning had been printed before. */
static void detect_printed(struct inquiry *inquiry)
{
	for (struct printed printed = {0}; inquiry_next_printed(inquiry, &printed);) {
		const struct story_bytes *output = printed.output;
		size_t offset = printed.offset;
		if (offset >= 4 && offset + 4 <= output->length && output->length > printed.received &&
		    memmem(output->bytes, offset, output->bytes + offset, 4) != NULL)
			finding_add(inquiry, printed.actor, EVENTS(printed.event),
			            "what was printed from byte %llu on had been printed before: the buffer still held it.",
			            (unsigned long long)offset);
	}
}

/* The buffer was added to and never emptied: what follows the right beginning had been sent before, too. */
static void detect_repeated(struct inquiry *inquiry, const struct student_end *at, size_t offset)
{
	const struct story_bytes *stream = &at->mine->stream;
	const struct story_transfer *last = NULL;
	for (size_t i = 0; i < at->mine->writes.count; i++)
		last = at->mine->writes.list[i].result > 0 ? &at->mine->writes.list[i] : last;
	if (last != NULL && offset >= 4 && offset < stream->length && stream->length - offset >= offset &&
	    stream->unknown_from >= stream->length && memcmp(stream->bytes, stream->bytes + offset, offset) == 0 &&
	    story_writes_more(at->mine, last))
		finding_add(inquiry, at->actor, EVENTS(last->event),
		            "what was sent from byte %llu on had been sent before: the buffer still held it.",
		            (unsigned long long)offset);
}

static void detect(struct inquiry *inquiry)
{
	detect_printed(inquiry);
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		/* What a client writes has nothing to do with what it has read from the connection. */
		if (at.end == END_CLIENT || offset == SIZE_MAX)
			continue;
		detect_repeated(inquiry, &at, offset);
		for (size_t i = 0; i < at.mine->writes.count; i++) {
			const struct story_transfer *write = &at.mine->writes.list[i], *read = NULL;
			int64_t longest = 0;
			for (size_t j = 0; j < at.mine->reads.count && at.mine->reads.list[j].event < write->event; j++) {
				if (at.mine->reads.list[j].result <= 0)
					continue;
				if (read != NULL && read->result > longest)
					longest = read->result;
				read = &at.mine->reads.list[j];
			}
			if (read != NULL && write->asked > read->result && write->asked <= longest + 1 &&
			    write->asked + 1 >= longest && story_writes_more(at.mine, write))
				finding_add(inquiry, at.actor, EVENTS(read->event, write->event),
				            "%s sent %s after a read() of %lld: the rest was left over from an earlier message.",
				            inquiry_call(inquiry, write->event), inquiry_bytes(inquiry, (uint64_t)write->asked),
				            (long long)read->result);
		}
	}
}

const struct finding_row finding_stale_bytes = {
	.id = "stale-bytes",
	.title = "Bytes of an earlier message are sent again",
	.explanation = "The buffer still holds what an earlier read() left there. Only the first bytes, as many as "
				   "the last read() returned, are new.",
	.source = "read(2)",
	.mend = "Use the count of the last read(), and nothing behind it.",
	.detect = detect,
	.follows = follows,
};
