#include "judge/findings.h"

static const char *const follows[] = {"one-read-one-message", "client-closes-too-early", "client-stops-after-one-read",
                                      NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		if (at.end != END_CLIENT || offset == SIZE_MAX || offset != at.mine->stream.length ||
		    offset >= expected.length || at.mine->shut == STORY_NONE || at.mine->broken != STORY_NONE ||
		    at.other->broken != STORY_NONE || at.other->ended < at.mine->shut)
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->shut),
		            "%s said that this was all when %llu of %s of the input had been sent.%s",
		            inquiry_call(inquiry, at.mine->shut), (unsigned long long)offset,
		            inquiry_bytes(inquiry, expected.length),
		            expected.bytes[offset] == 0xff ? " The next one was 0xff, which a char cannot tell from EOF." : "");
	}
}

const struct finding_row finding_input_not_sent = {
	.id = "input-not-sent",
	.title = "Not all of the input is sent",
	.explanation =
		"After shutdown() nothing can be sent any more. What a buffered stream still holds then, or what the "
		"program has read and not passed on, is lost. (getchar() returns an int, so that EOF is none of the 256 bytes.)",
	.source = "shutdown(2), fflush(3)",
	.mend = "Send everything that was read, flush the stream that you write to, and only then call shutdown().",
	.detect = detect,
	.follows = follows,
};
