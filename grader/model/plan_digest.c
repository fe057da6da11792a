#include "model/plan_digest.h"

#include "base/sha256.h"

#include <string.h>

static void add_number(struct sha256 *hash, int64_t number)
{
	uint8_t bytes[8];
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((uint64_t)number >> (8 * i));
	sha256_add(hash, bytes, sizeof(bytes));
}

static void add_bytes(struct sha256 *hash, const void *bytes, size_t length)
{
	add_number(hash, bytes != NULL ? (int64_t)length : -1);
	if (bytes != NULL)
		sha256_add(hash, bytes, length);
}

static void add_string(struct sha256 *hash, const char *string)
{
	add_bytes(hash, string, string != NULL ? strlen(string) : 0);
}

static void add_command(struct sha256 *hash, const struct command *command)
{
	for (size_t i = 0; command->arguments != NULL && command->arguments[i] != NULL; i++)
		add_string(hash, command->arguments[i]);
	add_string(hash, NULL);
}

static void add_limits(struct sha256 *hash, const struct limits *limits)
{
	add_number(hash, limits->time_ns);
	add_number(hash, (int64_t)limits->memory_bytes);
	add_number(hash, (int64_t)limits->processes);
	add_number(hash, (int64_t)limits->output_bytes);
	add_number(hash, (int64_t)limits->descriptors);
	add_number(hash, (int64_t)limits->file_bytes);
}

static void add_data(struct sha256 *hash, const struct data *data)
{
	add_number(hash, data->kind);
	add_bytes(hash, data->bytes, data->length);
	add_number(hash, data->uses_names);
	add_string(hash, data->pattern);
	add_string(hash, data->until);
	add_string(hash, data->keep_as);
}

/* What a step says beyond its verb and its ends. */
static void add_content(struct sha256 *hash, const struct step *step)
{
	add_data(hash, &step->data);
	add_number(hash, step->end_of_stream);
	add_number(hash, step->outside);
	add_number(hash, step->simultaneous);
	add_number(hash, step->with_fin);
	add_number(hash, step->with_reset);
	add_number(hash, step->segment);
	add_number(hash, step->segment_length);
	add_number(hash, step->incoming);
	add_number(hash, step->window_bytes);
	for (size_t i = 0; i < step->piece_count; i++)
		add_number(hash, step->pieces[i]);
	add_number(hash, step->exit_kind);
	add_number(hash, step->number);
	add_number(hash, step->duration_ns);
	for (size_t i = 0; i < step->wire_count; i++) {
		const struct wire_item *item = &step->wire[i];
		add_number(hash, item->actor);
		add_number(hash, item->pattern);
		add_number(hash, item->length);
		add_number(hash, item->forbidden);
	}
	for (size_t i = 0; i < step->state_count; i++) {
		add_number(hash, step->states[i].actor);
		add_number(hash, step->states[i].state);
	}
	for (size_t i = 0; i < step->count_count; i++) {
		add_number(hash, step->counts[i].actor);
		add_number(hash, step->counts[i].comparison);
		add_number(hash, step->counts[i].value);
	}
}

static void add_lines(struct sha256 *hash, const struct plan_test *test, bool expectations)
{
	for (uint32_t i = 0; i < test->line_count; i++) {
		const struct line *line = test->by_number[i];
		add_number(hash, line->kind);
		add_number(hash, line->step->verb);
		add_number(hash, line->actor);
		add_number(hash, line->other);
		add_number(hash, (int64_t)line->branch_count);
		for (size_t j = 0; j < line->branch_count; j++)
			add_number(hash, (int64_t)line->branches[j].count);
		/* What an expectation keeps under a name may be sent later. */
		bool acts = line->kind == LINE_ACTION || line->kind == LINE_HARNESS || line->step->data.keep_as != NULL;
		if (expectations || acts)
			add_content(hash, line->step);
	}
}

static void add_setbacks(struct sha256 *hash, const struct test *test)
{
	for (size_t i = 0; i < test->setback_count; i++) {
		const struct setback *setback = &test->setbacks[i];
		add_number(hash, setback->call);
		add_number(hash, setback->kind);
		add_number(hash, setback->nth);
		add_number(hash, setback->every);
		add_number(hash, (int64_t)setback->count);
		add_number(hash, setback->error);
	}
	if (test->vary_segments + test->vary_shorts > 0) {
		add_number(hash, test->vary_segments);
		add_number(hash, test->vary_shorts);
	}
}

static void digest(const struct plan_test *test, const struct assignment *assignment, bool expectations,
                   char into[static PLAN_DIGEST])
{
	struct sha256 hash;
	uint8_t bytes[SHA256_BYTES];
	sha256_begin(&hash);
	add_string(&hash, test->test->name);
	add_number(&hash, test->test->transport);
	for (size_t i = 0; i < test->test->actor_count; i++) {
		add_string(&hash, test->test->actors[i].name);
		add_number(&hash, test->test->actors[i].side);
	}
	for (int side = SIDE_SERVER; side <= SIDE_CLIENT; side++) {
		add_number(&hash, test->student[side]);
		add_command(&hash, &test->run[side]);
	}
	if (assignment != NULL)
		add_command(&hash, &assignment->build);
	add_limits(&hash, &test->limits);
	add_number(&hash, (int64_t)test->test->buffer_bytes);
	add_number(&hash, test->test->network);
	add_number(&hash, test->watch);
	add_number(&hash, test->port);
	add_setbacks(&hash, test->test);
	if (test->virtual_time)
		add_number(&hash, test->virtual_time);
	add_lines(&hash, test, expectations);
	sha256_end(&hash, bytes);
	sha256_hex(bytes, into);
}

void plan_actions_digest(const struct plan_test *test, const struct assignment *assignment,
                         char into[static PLAN_DIGEST])
{
	digest(test, assignment, false, into);
}

void plan_lines_digest(const struct plan_test *test, const struct assignment *assignment, char into[static PLAN_DIGEST])
{
	digest(test, assignment, true, into);
}
