/* What a student's program printed: beside what the lines of the test want on standard output, and on standard error. */
#include "judge/findings.h"

#include "base/arena.h"
#include "base/text.h"
#include "timeline/timeline.h"

#include <string.h>

const char *const sanitizer_follows[] = {"crashed",
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

static const uint8_t *cry_find(const struct story_bytes *output, const char *cry)
{
	return output->length > 0 ? memmem(output->bytes, output->length, cry, strlen(cry)) : NULL;
}

uint32_t inquiry_printed_at(const struct inquiry *inquiry, int actor, const char *cry)
{
	const struct story_actor *program = &inquiry->story->actors[actor];
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_OUTPUT && event->actor == actor && event->output.descriptor == 2 &&
		    memmem(event->data, event->data_length, cry, strlen(cry)) != NULL)
			return event->number;
	}
	return program->output_event[1];
}

/* Where the submission lies for its program (sandbox/box.h); the characters of a file's name that are believed. */
static const char folder[] = "/box/";
static const char believed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+/";

enum { PLACE_MOST = 120 };

/* "server.c:30" as compilers, sanitizers and stacks have it, or "server.py\", line 30" of a Python traceback. */
static bool place_read(const char *at, struct text *source, bool *traceback)
{
	static const char python[] = "\", line ";
	at += strncmp(at, "./", 2) == 0 ? 2 : 0;
	size_t length = strspn(at, believed);
	const char *behind = at + length;
	*traceback = strncmp(behind, python, strlen(python)) == 0;
	const char *number = *traceback ? behind + strlen(python) : behind + 1;
	size_t digits = strspn(number, "0123456789");
	if (length == 0 || length > PLACE_MOST || digits == 0 || digits > 7 || (!*traceback && *behind != ':'))
		return false;
	text_release(source);
	text_printf(source, "%.*s:%.*s", (int)length, at, (int)digits, number);
	return true;
}

bool inquiry_blames(const struct inquiry *inquiry, int actor, const char *cry, struct text *source)
{
	const struct story_bytes *output = &inquiry->story->actors[actor].output[1];
	const uint8_t *found = cry_find(output, cry);
	if (found == NULL)
		return false;
	/* A string for the reading below, of one report; what lies behind a zero byte is none. */
	char *printed = arena_printf(inquiry->arena, "%.*s", (int)output->length, (const char *)output->bytes);
	size_t at = (size_t)(found - output->bytes);
	if (strlen(printed) <= at)
		return false;
	char *again = strstr(printed + at + 1, cry);
	if (again != NULL)
		*again = '\0';
	size_t begin = at;
	while (begin > 0 && printed[begin - 1] != '\n')
		begin--;
	const char *line = printed + begin + (strncmp(printed + begin, folder, strlen(folder)) == 0 ? strlen(folder) : 0);
	bool traceback, any = begin < at && place_read(line, source, &traceback);
	for (const char *next = strstr(printed + at, folder); !any && next != NULL; next = strstr(next + 1, folder))
		any = place_read(next + strlen(folder), source, &traceback) && !traceback;
	return any || source->length > 0;
}

bool inquiry_cried(const struct inquiry *inquiry, int actor, const char *cry, const char *stop, struct text *words)
{
	const struct story_bytes *output = &inquiry->story->actors[actor].output[1];
	const uint8_t *at = cry_find(output, cry);
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

void finding_add_printed(struct inquiry *inquiry, int actor, const char *cry, const char *said, const char *format, ...)
{
	TEXT_AUTO source = {0};
	bool placed = inquiry_blames(inquiry, actor, cry, &source);
	va_list arguments;
	va_start(arguments, format);
	finding_add_at(inquiry, actor, EVENTS(inquiry_printed_at(inquiry, actor, said)),
	               placed ? arena_string(inquiry->arena, text_string(&source)) : NULL, format, arguments);
	va_end(arguments);
}
