/* What a student's program printed, beside what the lines of the test want on standard output. */
#include "judge/findings.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

static void printed_end(const struct inquiry *inquiry, struct printed *printed)
{
	printed->received = 0;
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.actor != printed->actor)
			continue;
		printed->mine = at.mine;
		printed->received += story_read_bytes(at.mine);
	}
}

bool inquiry_printed(const struct inquiry *inquiry, int actor, struct printed *printed)
{
	const struct story_actor *program = &inquiry->story->actors[actor];
	*printed = (struct printed){.actor = actor, .output = &program->output[0], .event = program->output_event[0]};
	struct story_bytes *expected = &printed->expected;
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->step->verb != VERB_STDOUT || line->actor != actor || line->step->end_of_stream)
			continue;
		const struct data *data = &line->step->data;
		if (data->kind != DATA_BYTES || data->uses_names)
			return false;
		expected->bytes =
			arena_grow(inquiry->arena, expected->bytes, &expected->capacity, expected->length + data->length, 1);
		if (data->length > 0)
			memcpy(expected->bytes + expected->length, data->bytes, data->length);
		expected->length += data->length;
	}
	if (!program->student || inquiry_unmet(inquiry, VERB_STDOUT, actor) == NULL)
		return false;
	size_t common = printed->output->length < expected->length ? printed->output->length : expected->length;
	while (printed->offset < common && printed->output->bytes[printed->offset] == expected->bytes[printed->offset])
		printed->offset++;
	printed_end(inquiry, printed);
	return printed->output->length != expected->length || printed->offset < expected->length;
}

bool inquiry_next_printed(const struct inquiry *inquiry, struct printed *printed)
{
	for (int actor = printed->next; actor < (int)inquiry->test->test->actor_count; actor++) {
		if (!inquiry_printed(inquiry, actor, printed))
			continue;
		printed->next = actor + 1;
		return true;
	}
	return false;
}

int newline_difference(const struct story_bytes *expected, const struct story_bytes *got, size_t offset)
{
	bool missing = offset < expected->length && (expected->bytes[offset] == '\n' || expected->bytes[offset] == '\r') &&
	               (offset == got->length ||
	                (offset + 1 < expected->length && got->bytes[offset] == expected->bytes[offset + 1])) &&
	               expected->length - offset <= got->length - offset + 8;
	bool added =
		offset < got->length && (got->bytes[offset] == '\n' || got->bytes[offset] == '\r') &&
		(offset == expected->length || (offset + 1 < got->length && got->bytes[offset + 1] == expected->bytes[offset]));
	return missing ? -1 : added ? 1 : 0;
}

bool inquiry_cried(const struct inquiry *inquiry, int actor, const char *cry, const char *stop, struct text *words)
{
	const struct story_bytes *output = &inquiry->story->actors[actor].output[1];
	const uint8_t *at = output->length > 0 ? memmem(output->bytes, output->length, cry, strlen(cry)) : NULL;
	if (at == NULL)
		return false;
	at += strlen(cry);
	size_t length = (size_t)(output->bytes + output->length - at);
	const uint8_t *line = memchr(at, '\n', length);
	length = line != NULL ? (size_t)(line - at) : length;
	const uint8_t *end = stop != NULL ? memmem(at, length, stop, strlen(stop)) : NULL;
	text_escaped(words, at, end != NULL ? (size_t)(end - at) : length, 160, false);
	return true;
}
