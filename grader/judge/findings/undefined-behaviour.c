#include "judge/findings.h"

#include "base/text.h"

#include <string.h>

static const char *const follows[] = {"crashed", NULL};

/* The words of the report behind `cry`, up to the end of the line. */
static void words_behind(const struct story_bytes *output, const char *cry, struct text *words)
{
	const uint8_t *at = memmem(output->bytes, output->length, cry, strlen(cry));
	const uint8_t *end = output->bytes + output->length;
	at += strlen(cry);
	const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
	size_t length = (size_t)((stop != NULL ? stop : end) - at);
	text_escaped(words, at, length, 160, false);
}

static void detect(struct inquiry *inquiry)
{
	static const char cry[] = "runtime error: ";
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		const struct story_bytes *output = &program->output[1];
		if (!program->student || output->length == 0 || memmem(output->bytes, output->length, cry, strlen(cry)) == NULL)
			continue;
		TEXT_AUTO words = {0};
		words_behind(output, cry, &words);
		finding_add(inquiry, actor, EVENTS(program->output_event[1]), "UndefinedBehaviorSanitizer says: %s.",
		            text_string(&words));
	}
}

const struct finding_row finding_undefined_behaviour = {
	.id = "undefined-behaviour",
	.title = "The program does what C leaves undefined",
	.explanation = "An integer overflowed, an index left its array, a pointer was null or misaligned. The compiler may "
				   "assume that this never happens, so anything may follow.",
	.source = "gcc(1), -fsanitize=undefined",
	.mend = "The report, in the program's standard error, begins with the file and the line.",
	.detect = detect,
	.follows = follows,
};
