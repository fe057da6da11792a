#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"one-read-one-message", "prompts-on-stdout", "client-closes-too-early", NULL};

static bool begins_with(const struct story_bytes *bytes, const uint8_t *with, size_t length)
{
	return length > 0 && bytes->length >= length && bytes->unknown_from >= length &&
	       memcmp(bytes->bytes, with, length) == 0;
}

static void detect(struct inquiry *inquiry)
{
	for (struct printed printed = {0}; inquiry_next_printed(inquiry, &printed);) {
		const struct story_actor *program = &inquiry->story->actors[printed.actor];
		size_t wanted = printed.expected.length, length = printed.output->length;
		bool failed = program->exited != STORY_NONE && program->status != 0;
		if (printed.mine == NULL || wanted == 0)
			continue;
		const struct story_bytes *sent = &printed.mine->stream;
		if (length > printed.received && sent->length == length &&
		    begins_with(printed.output, sent->bytes, sent->length)) {
			finding_add(inquiry, printed.actor, EVENTS(printed.event),
			            "the program printed the %s that it had sent; %llu came back.", inquiry_bytes(inquiry, length),
			            (unsigned long long)printed.received);
		} else if (inquiry->settled && !(failed && length > 0) && printed.offset == length && length < wanted &&
		           printed.received >= wanted && inquiry_exited(inquiry, printed.actor)) {
			finding_add(inquiry, printed.actor, EVENTS(printed.mine->last_read, program->exited),
			            "%s of the reply came in, and %llu had been printed when the program ended.",
			            inquiry_bytes(inquiry, printed.received), (unsigned long long)length);
		}
	}
}

/* Over UDP: all was answered, all is over, and nothing of it was printed. */
static void detect_datagrams(struct inquiry *inquiry)
{
	for (struct printed printed = {0}; inquiry_next_printed(inquiry, &printed);) {
		const struct story_actor *program = &inquiry->story->actors[printed.actor];
		if (printed.output->length == 0 && printed.expected.length > 0 && printed.received > 0 &&
		    inquiry_exited(inquiry, printed.actor) && program->status == 0)
			finding_add(inquiry, printed.actor, EVENTS(program->exited),
			            "the program received %s and printed nothing before it ended.",
			            inquiry_bytes(inquiry, printed.received));
	}
}

const struct finding_row finding_reply_not_printed = {
	.id = "reply-not-printed",
	.title = "What was received is not printed",
	.explanation =
		"Every byte that comes from the server belongs on standard output, and only those. printf(), print() "
		"and the like collect their output first: _exit(), os._exit() or a signal throw away what they "
		"still hold, and so does a read that gives nothing when the stream ends before its buffer is full.",
	.source = "stdout(3), fflush(3), exit(3)",
	.mend = "Print what each read() returned, on standard output, and flush before the program ends.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
	.follows = follows,
};
