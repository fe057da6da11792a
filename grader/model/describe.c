#include "model/describe.h"

#include "base/text.h"
#include "model/signals.h"
#include "model/verbs.h"

#include <string.h>

enum { TEXT_SHOWN = 24, ITEMS_SHOWN = 8 };

void size_text(struct text *text, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
	size_t unit = 0;
	while (unit < 3 && bytes >= 1024 && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	text_printf(text, "%llu%s", (unsigned long long)bytes, units[unit]);
}

void duration_text(struct text *text, int64_t ns)
{
	if (ns % 1000000000 == 0)
		text_printf(text, "%llds", (long long)(ns / 1000000000));
	else if (ns % 1000000 == 0)
		text_printf(text, "%lldms", (long long)(ns / 1000000));
	else
		text_printf(text, "%lldus", (long long)(ns / 1000));
}

void data_text(struct text *text, const struct data *data)
{
	if (data->written != NULL) {
		text_puts(text, data->written);
		return;
	}
	switch (data->kind) {
	case DATA_BYTES:
		text_escaped(text, data->bytes, data->length, TEXT_SHOWN, true);
		break;
	case DATA_PATTERN:
		text_puts(text, "{match: ");
		text_escaped(text, data->pattern, data->pattern != NULL ? strlen(data->pattern) : 0, TEXT_SHOWN, true);
		text_puts(text, "}");
		break;
	case DATA_ANY:
		size_text(text, data->length);
		break;
	}
}

static const char *actor_text(const struct test *test, int actor)
{
	if (actor >= 0)
		return test->actors[actor].name;
	return actor == ACTOR_CLIENTS ? "clients" : actor == ACTOR_SERVERS ? "servers" : "?";
}

static size_t side_count(const struct test *test, enum side side)
{
	size_t count = 0;
	for (size_t i = 0; i < test->actor_count; i++)
		count += test->actors[i].side == side;
	return count;
}

static enum side actor_side(const struct test *test, int actor)
{
	if (actor >= 0)
		return test->actors[actor].side;
	return actor == ACTOR_CLIENTS ? SIDE_CLIENT : SIDE_SERVER;
}

/* Is it worth saying which? */
static bool has_choice(const struct test *test, int other)
{
	return other == ACTOR_CLIENTS || other == ACTOR_SERVERS ||
	       (other >= 0 && side_count(test, actor_side(test, other)) > 1);
}

static void argument_text(struct text *text, const struct step *step)
{
	switch (verb_row(step->verb)->argument) {
	case ARGUMENT_DATA:
	case ARGUMENT_DATA_OR_SIZE:
		data_text(text, &step->data);
		return;
	case ARGUMENT_INPUT:
		if (step->end_of_stream)
			text_puts(text, "eof");
		else
			data_text(text, &step->data);
		return;
	case ARGUMENT_STATUS:
		if (step->exit_kind == EXIT_STATUS)
			text_printf(text, "%d", step->number);
		else
			text_puts(text, step->exit_kind == EXIT_NONZERO ? "nonzero"
			                : step->exit_kind == EXIT_ANY   ? "any"
			                                                : signal_name(step->number));
		return;
	case ARGUMENT_ADDRESS:
		if (step->outside || step->simultaneous)
			text_puts(text, step->outside ? "outside" : "simultaneous");
		return;
	case ARGUMENT_SEGMENT:
	case ARGUMENT_DELAY:
		text_puts(text, step->verb == VERB_DELAY ? "{" : "");
		text_puts(text, segment_pattern_word(step->segment));
		if (step->segment_length > 0)
			text_printf(text, " %u", step->segment_length);
		if (step->verb != VERB_DELAY)
			return;
		text_puts(text, ": ");
		duration_text(text, step->duration_ns);
		text_puts(text, "}");
		return;
	case ARGUMENT_ORDER:
		for (size_t i = 0; i < step->piece_count; i++)
			text_printf(text, "%s%u", i > 0 ? ", " : "[", step->pieces[i]);
		text_puts(text, "]");
		return;
	case ARGUMENT_WINDOW:
		if (step->window_bytes == 0 || step->window_bytes == UINT32_MAX)
			text_puts(text, step->window_bytes == 0 ? "0" : "open");
		else
			size_text(text, step->window_bytes);
		return;
	case ARGUMENT_NONE:
	case ARGUMENT_WIRE:
	case ARGUMENT_STATES:
	case ARGUMENT_COUNTS:
	case ARGUMENT_ROLE:
	case ARGUMENT_SIGNAL:
	case ARGUMENT_DURATION:
	case ARGUMENT_BRANCHES:
	case ARGUMENT_REPEAT:
		return;
	}
}

/* A rule for segments that come to the role, where it could have been for those that it sends. */
static bool comes_by_choice(const struct test *test, const struct step *step)
{
	enum side side = actor_side(test, step->actor);
	bool only = (step->segment == PATTERN_SYN && side == SIDE_SERVER) ||
	            (step->segment == PATTERN_SYN_ACK && side == SIDE_CLIENT);
	return step->incoming && (step->verb == VERB_REORDER || !only);
}

/* "listen", "{send: \"bye\\n\", to: bob}", "{accept: bob}" */
static void role_text(struct text *text, const struct test *test, const struct step *step, int other)
{
	const struct verb_row *row = verb_row(step->verb);
	bool named = row->other != OTHER_NONE && has_choice(test, other);
	bool has_argument = !row->short_form || step->outside || step->simultaneous;
	size_t pieces = row->argument == ARGUMENT_ORDER ? 0 : step->piece_count;
	if (!has_argument && !named) {
		text_puts(text, verb_word(step->verb));
		return;
	}
	text_printf(text, "{%s: ", verb_word(step->verb));
	argument_text(text, step);
	if (pieces > 0)
		text_puts(text, ", segments: [");
	for (size_t i = 0; i < pieces && i < ITEMS_SHOWN; i++)
		text_printf(text, "%s%u", i > 0 ? ", " : "", step->pieces[i]);
	if (pieces > 0)
		text_puts(text, pieces > ITEMS_SHOWN ? ", …]" : "]");
	if (step->with_fin || step->with_reset)
		text_puts(text, step->with_fin ? ", with: FIN" : ", with: RST");
	if (comes_by_choice(test, step))
		text_printf(text, ", from: %s", actor_side(test, step->actor) == SIDE_SERVER ? "clients" : "servers");
	if (named && !has_argument)
		text_puts(text, actor_text(test, other));
	else if (named)
		text_printf(text, ", %s: %s", row->other == OTHER_FROM ? "from" : "to", actor_text(test, other));
	text_puts(text, "}");
}

static bool wire_alike(const struct step *step, size_t a, size_t b)
{
	const struct wire_item *one = &step->wire[a], *two = &step->wire[b];
	return one->pattern == two->pattern && one->length == two->length && one->forbidden == two->forbidden;
}

static bool states_alike(const struct step *step, size_t a, size_t b)
{
	return step->states[a].state == step->states[b].state;
}

static bool counts_alike(const struct step *step, size_t a, size_t b)
{
	return step->counts[a].comparison == step->counts[b].comparison && step->counts[a].value == step->counts[b].value;
}

static int item_actor(const struct step *step, size_t at)
{
	return step->wire_count > 0    ? step->wire[at].actor
	       : step->state_count > 0 ? step->states[at].actor
	                               : step->counts[at].actor;
}

static void item_text(struct text *text, const struct step *step, const char *actor, size_t at)
{
	if (step->wire_count > 0) {
		const struct wire_item *item = &step->wire[at];
		text_printf(text, "%s%s: %s", item->forbidden ? "not: {" : "", actor, segment_pattern_word(item->pattern));
		if (item->length > 0)
			text_printf(text, " %u", item->length);
		text_puts(text, item->forbidden ? "}" : "");
	} else if (step->state_count > 0) {
		text_printf(text, "%s: %s", actor, tcp_state_word(step->states[at].state));
	} else {
		static const char *const signs[] = {"", "<= ", ">= ", "< ", "> "};
		const struct count_item *item = &step->counts[at];
		const char *quote = item->comparison == COUNT_EQUAL ? "" : "\"";
		text_printf(text, "%s: %s%s%lld%s", actor, quote, signs[item->comparison], (long long)item->value, quote);
	}
}

static void items_text(struct text *text, const struct test *test, const struct step *step)
{
	size_t count = step->wire_count + step->state_count + step->count_count, shown = 0;
	bool (*alike)(const struct step *, size_t, size_t) = step->wire_count > 0    ? wire_alike
	                                                     : step->state_count > 0 ? states_alike
	                                                                             : counts_alike;
	text_printf(text, "%s: %s", verb_word(step->verb), step->verb == VERB_WIRE ? "[" : "{");
	for (size_t at = 0; at < count; shown++) {
		if (shown == ITEMS_SHOWN) {
			text_puts(text, ", …");
			break;
		}
		int first = item_actor(step, at);
		size_t members = side_count(test, actor_side(test, first)), length = 1;
		while (length < members && at + length < count && item_actor(step, at + length) == first + (int)length &&
		       alike(step, at, at + length))
			length++;
		bool whole = members > 1 && length == members;
		text_puts(text, shown > 0 ? ", " : "");
		item_text(text, step,
		          whole ? actor_side(test, first) == SIDE_CLIENT ? "clients" : "servers" : actor_text(test, first), at);
		at += whole ? length : 1;
	}
	text_puts(text, step->verb == VERB_WIRE ? "]" : "}");
}

void step_text_for(struct text *text, const struct test *test, const struct step *step, int actor, int other)
{
	const struct verb_row *row = verb_row(step->verb);
	switch (row->group) {
	case GROUP_ROLE:
		text_printf(text, "%s: ", actor_text(test, actor));
		role_text(text, test, step, other);
		return;
	case GROUP_SEEN:
		items_text(text, test, step);
		return;
	case GROUP_GRADER:
		break;
	}
	text_printf(text, "%s: ", verb_word(step->verb));
	if (row->argument == ARGUMENT_ROLE)
		text_puts(text, actor_text(test, actor));
	else if (row->argument == ARGUMENT_SIGNAL)
		text_printf(text, "{%s: %s}", actor_text(test, actor), signal_name(step->number));
	else if (row->argument == ARGUMENT_DURATION)
		duration_text(text, step->duration_ns);
	else if (row->argument == ARGUMENT_REPEAT)
		text_printf(text, "{times: %u, steps: […]}", step->times);
	else
		text_printf(text, "[%zu branches]", step->branch_count);
}

void step_text(struct text *text, const struct test *test, const struct step *step)
{
	step_text_for(text, test, step, step->actor, step->other);
}
