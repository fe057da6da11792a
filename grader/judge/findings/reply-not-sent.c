#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"one-read-one-message", "spins-when-idle", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; story_sees_reads(inquiry->story) && inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		const struct story_transfer *last = inquiry_unanswered(inquiry, &at, &expected);
		if (last != NULL)
			finding_add(
				inquiry, at.actor, EVENTS(last->event),
				"%s took %s; all that the client sent has been read, and the program waits without having sent it back.",
				inquiry_call(inquiry, last->event), inquiry_bytes(inquiry, (uint64_t)last->result));
	}
}

const struct finding_row finding_reply_not_sent = {
	.id = "reply-not-sent",
	.title = "What was read is not sent back",
	.explanation =
		"The bytes have been read and no write followed. Either the reply lies in a buffer of the "
		"program (BufferedOutputStream, bufio.Writer, stdio, print) that nobody flushes, or the program waits "
		"for more than the client has to say: a number of bytes (readFully(), read_exact(), readUTF()) or "
		"the end of the stream (read_to_end(), ReadAll(), read() of a Python file).",
	.source = "read(2), write(2), fflush(3)",
	.mend = "Send back after each read() what it returned, and flush() after that if the output has a buffer.",
	.detect = detect,
	.follows = follows,
};
