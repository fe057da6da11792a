#include "judge/findings.h"

#include "base/text.h"

#include <string.h>

static const char *const follows[] = {"crashed",
                                      "exits-on-client-error",
                                      "exits-on-eof",
                                      "one-shot-server",
                                      "stale-bytes",
                                      "client-closes-too-early",
                                      "half-close-drops-data",
                                      "exit-status-zero-on-failure",
                                      "fixed-number-served",
                                      "client-stops-after-one-read",
                                      NULL};

/* The words of the report behind `cry`, up to the end of the line. */
static void words_behind(const struct story_bytes *output, const char *cry, struct text *words)
{
	const uint8_t *at = memmem(output->bytes, output->length, cry, strlen(cry));
	const uint8_t *end = output->bytes + output->length;
	at += strlen(cry);
	const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
	size_t length = (size_t)((stop != NULL ? stop : end) - at);
	const uint8_t *address = memmem(at, length, " on address", strlen(" on address"));
	length = address != NULL ? (size_t)(address - at) : length;
	text_escaped(words, at, length, 80, false);
}

static void detect(struct inquiry *inquiry)
{
	static const char cry[] = "ERROR: AddressSanitizer: ";
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		const struct story_bytes *output = &program->output[1];
		if (!program->student || output->length == 0 || memmem(output->bytes, output->length, cry, strlen(cry)) == NULL)
			continue;
		TEXT_AUTO words = {0};
		words_behind(output, cry, &words);
		finding_add(inquiry, actor, EVENTS(program->output_event[1]), "AddressSanitizer ended the program: %s.",
		            text_string(&words));
	}
}

const struct finding_row finding_memory_error = {
	.id = "memory-error",
	.title = "Memory is used that does not belong to the object",
	.explanation = "AddressSanitizer saw a read or a write outside an array, or through a pointer to memory that was "
				   "freed. Without it the program may seem to work, and crash elsewhere on another day.",
	.source = "gcc(1), -fsanitize=address",
	.mend = "Its report, in the program's standard error, names the line of the access and where the memory came "
			"from.",
	.detect = detect,
	.follows = follows,
};
