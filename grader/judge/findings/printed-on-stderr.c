#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"reply-not-printed", "prompts-on-stdout", NULL};

enum { LEAST = 4 }; /* bytes that tell what it is */

static void detect(struct inquiry *inquiry)
{
	for (struct printed printed = {0}; inquiry_next_printed(inquiry, &printed);) {
		const struct story_actor *program = &inquiry->story->actors[printed.actor];
		const struct story_bytes *wrong = &program->output[1];
		const uint8_t *missing = printed.expected.bytes + printed.offset;
		size_t length = printed.expected.length - printed.offset;
		const uint8_t *newline = length > 0 ? memchr(missing, '\n', length) : NULL;
		length = newline != NULL ? (size_t)(newline - missing) : length;
		if (length >= LEAST && printed.offset == printed.output->length && wrong->length >= length &&
		    memmem(wrong->bytes, wrong->length, missing, length) != NULL)
			finding_add(inquiry, printed.actor, EVENTS(program->output_event[1]),
			            "what belongs on standard output was printed on standard error.");
	}
}

const struct finding_row finding_printed_on_stderr = {
	.id = "printed-on-stderr",
	.title = "The result is printed on standard error",
	.explanation = "A program has two outputs. The result belongs on standard output, where another program or a file "
				   "can take it; standard error is for messages to people. On a terminal both look the same.",
	.source = "stdout(3)",
	.mend =
		"Print the result with printf(), print(), System.out or fmt.Println(); not with perror(), die, eprintln!(), "
		"System.err, console.error() or Go's println().",
	.detect = detect,
	.detect_datagrams = detect,
	.follows = follows,
};
