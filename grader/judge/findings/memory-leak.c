#include "judge/findings.h"

#include "base/text.h"

#include <string.h>

/* The words of the report behind `cry`, up to the end of the line. */
static void words_behind(const struct story_bytes *output, const char *cry, struct text *words)
{
	const uint8_t *at = memmem(output->bytes, output->length, cry, strlen(cry));
	const uint8_t *end = output->bytes + output->length;
	at += strlen(cry);
	const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
	size_t length = (size_t)((stop != NULL ? stop : end) - at);
	text_escaped(words, at, length, 120, false);
}

static void detect(struct inquiry *inquiry)
{
	static const char cry[] = "SUMMARY: AddressSanitizer: ";
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		const struct story_bytes *output = &program->output[1];
		if (!program->student || output->length == 0 || memmem(output->bytes, output->length, cry, strlen(cry)) == NULL)
			continue;
		TEXT_AUTO words = {0};
		words_behind(output, cry, &words);
		finding_add(inquiry, actor, EVENTS(program->output_event[1]), "LeakSanitizer reports %s", text_string(&words));
	}
}

const struct finding_row finding_memory_leak = {
	.id = "memory-leak",
	.title = "Memory is not given back",
	.explanation = "When the program ended, memory was left that nothing points to any more. A server that loses some "
				   "for each client runs out of it.",
	.source = "gcc(1), -fsanitize=leak",
	.mend = "free() what was allocated for a client when the client is gone. The report names the line that "
			"allocated it.",
	.detect = detect,
};
