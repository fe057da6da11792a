#include "judge/findings.h"

#include "base/text.h"

#include <string.h>

/* The last line that is not empty. */
static void last_line(const struct story_bytes *output, struct text *words)
{
	size_t end = output->length;
	while (end > 0 && (output->bytes[end - 1] == '\n' || output->bytes[end - 1] == '\r'))
		end--;
	const uint8_t *line = end > 0 ? memrchr(output->bytes, '\n', end) : NULL;
	size_t from = line != NULL ? (size_t)(line - output->bytes) + 1 : 0;
	text_escaped(words, output->bytes + from, end - from, 120, false);
}

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		if (!plan_student(inquiry->test, actor) || story_end_of(inquiry->story, actor) != END_SERVER ||
		    inquiry_unmet(inquiry, VERB_LISTEN, actor) == NULL || !inquiry_exited(inquiry, actor) ||
		    program->status != (program->status & 0xff00) || story_listener(inquiry->story, actor) != NULL)
			continue;
		const struct story_bytes *output = program->output[1].length > 0 ? &program->output[1] : &program->output[0];
		TEXT_AUTO words = {0};
		last_line(output, &words);
		bool spoke = text_string(&words)[0] != '\0';
		finding_add(inquiry, actor, EVENTS(program->exited),
		            "the program ended with status %d before it had a socket to listen on%s%s%s.", program->status >> 8,
		            spoke ? "; it printed \"" : "", text_string(&words), spoke ? "\"" : "");
	}
}

const struct finding_row finding_ended_before_listening = {
	.id = "ended-before-listening",
	.title = "The program ends before it listens",
	.explanation =
		"A server has to be started in exactly the way that the assignment says: the number and order of the "
		"arguments belong to the contract. What the program prints when it ends tells what it missed.",
	.source = "the assignment",
	.mend = "Start it by hand with the command of the assignment, and see why it ends.",
	.detect = detect,
	.detect_datagrams = detect,
};
