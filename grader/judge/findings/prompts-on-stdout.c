#include "judge/findings.h"

#include <string.h>

static void detect(struct inquiry *inquiry)
{
	for (struct printed printed = {0}; inquiry_next_printed(inquiry, &printed);) {
		const struct story_bytes *output = printed.output, *reply = &printed.expected;
		if (reply->length < 2 || output->length <= reply->length)
			continue;
		const uint8_t *newline = memchr(reply->bytes, '\n', reply->length);
		size_t line = newline != NULL && newline > reply->bytes ? (size_t)(newline - reply->bytes) : reply->length;
		if (memmem(output->bytes, output->length, reply->bytes, line) != NULL)
			finding_add(inquiry, printed.actor, EVENTS(printed.event),
			            "standard output holds other text beside the reply.");
	}
}

const struct finding_row finding_prompts_on_stdout = {
	.id = "prompts-on-stdout",
	.title = "Other text is mixed with the reply",
	.explanation = "Standard output carries the reply and nothing else, so that another program can use it. "
				   "Prompts and messages belong on standard error.",
	.source = "stdout(3)",
	.mend = "Print prompts and messages with fprintf(stderr, …).",
	.detect = detect,
	.detect_datagrams = detect,
};
