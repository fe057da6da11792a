#include "judge/findings.h"

static const char *const follows[] = {"sends-whole-buffer",    "stale-bytes",
                                      "newline-changed",       "short-write-ignored",
                                      "one-read-one-message",  "text-not-bytes",
                                      "datagram-whole-buffer", "datagram-stale-bytes",
                                      "reply-changed",         NULL};

/* The write that ended with the extra byte. */
static const struct story_transfer *write_of(const struct student_end *at, size_t offset)
{
	uint64_t sent = 0;
	for (size_t i = 0; i < at->mine->writes.count; i++) {
		const struct story_transfer *write = &at->mine->writes.list[i];
		if (write->result <= 0)
			continue;
		sent += (uint64_t)write->result;
		if (sent == offset + 1)
			return write;
	}
	return NULL;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (offset == SIZE_MAX || offset == 0 || offset >= at.mine->stream.length ||
		    at.mine->stream.bytes[offset] != 0 || (offset < expected.length && expected.bytes[offset] == 0))
			continue;
		const struct story_transfer *write = write_of(&at, offset);
		if (write != NULL && write->result > 1)
			finding_add(inquiry, at.actor, EVENTS(write->event),
			            "%s sent %s: the last is the zero byte that ends a string in memory.",
			            inquiry_call(inquiry, write->event), inquiry_bytes(inquiry, (uint64_t)write->result));
	}
}

static void detect_datagrams(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.got == NULL || wrong.expected->kind != DATA_BYTES)
		return;
	size_t length = wrong.expected->length;
	if (length > 0 && wrong.got->length == length + 1 && wrong_prefix(&wrong) == length && wrong.got->known > length &&
	    wrong.got->bytes[length] == 0)
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)),
		            "the datagram has %s: the last is the zero byte that ends a string in memory.",
		            inquiry_bytes(inquiry, wrong.got->length));
}

const struct finding_row finding_sends_terminator = {
	.id = "sends-terminator",
	.title = "The zero byte behind the string is sent, too",
	.explanation = "A string in C ends with a zero byte. strlen() + 1 and sizeof count it; it belongs to the memory, "
				   "not to the message.",
	.source = "strlen(3), send(2)",
	.mend = "Send the number of bytes that read() returned, or strlen() without the + 1.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
	.follows = follows,
};
