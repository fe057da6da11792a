#include "judge/findings.h"

#include <string.h>

static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (int actor = 0; actor < (int)test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		const struct line *unmet = program->student ? inquiry_unmet(inquiry, VERB_STDOUT, actor) : NULL;
		const struct story_bytes *output = &program->output[0];
		if (unmet == NULL || unmet->step->data.kind != DATA_BYTES || unmet->step->data.length < 2 ||
		    output->length == 0)
			continue;
		size_t line = unmet->step->data.length;
		const uint8_t *newline = memchr(unmet->step->data.bytes, '\n', line);
		line =
			newline != NULL && newline > unmet->step->data.bytes ? (size_t)(newline - unmet->step->data.bytes) : line;
		const uint8_t *found = memmem(output->bytes, output->length, unmet->step->data.bytes, line);
		if (found != NULL && output->length > unmet->step->data.length)
			finding_add(inquiry, actor, EVENTS(program->output_event[0]),
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
