#include "spec/steps.h"

#include "base/arena.h"
#include "base/diag.h"
#include "model/plan.h"
#include "model/signals.h"
#include "spec/scene.h"

#include <string.h>

bool transport_has(const struct scene *scene, const struct node *node, enum verb verb)
{
	const struct verb_row *row = verb_row(verb);
	if (row->transports & 1u << scene->transport)
		return true;
	return reader_error(scene->reader, node, "\"%s\" does not exist over transport: %s: %s", verb_word(verb),
	                    transport_word(scene->transport), row->transport_lack);
}

const char *nearest_signal(const struct scene *scene, const struct node *node)
{
	const struct reader *reader = scene->reader;
	if (node->kind != NODE_SCALAR || node->length > NAME_MOST)
		return "";
	const char *full = arena_printf(reader->arena, "SIG%s", node->text);
	return reader_suggestion(reader, signal_number(full) != 0 ? full : node->text, signal_words);
}

static bool read_signal(struct scene *scene, const struct node *value, struct step *step)
{
	const struct reader *reader = scene->reader;
	if (value->kind != NODE_MAP || value->count != 1)
		return reader_error(reader, value, "\"signal\" is a map of one role: {server: SIGINT}, not %s",
		                    reader_shown(reader, value));
	const struct node *name = value->values[0];
	if (!scene_read_role(scene, value->keys[0], &step->actor))
		return false;
	step->number = name->kind == NODE_SCALAR ? signal_number(name->text) : 0;
	if (step->number == 0)
		return reader_error(reader, name, "%s is no signal's name such as SIGINT%s", reader_shown(reader, name),
		                    nearest_signal(scene, name));
	if (signal_stops(step->number))
		return reader_error(reader, name,
		                    "%s stops the program and makes epoll_wait fail with EINTR; write \"hold: %s\"", name->text,
		                    value->keys[0]->text);
	return true;
}

static bool read_wait(struct scene *scene, const struct node *key, const struct node *value, struct step *step)
{
	if (!read_duration(scene->reader, value, "\"wait\"", &step->duration_ns))
		return false;
	if (step->duration_ns == 0 || step->duration_ns > INT64_C(60) * 1000000000)
		return reader_error(scene->reader, value, "\"wait\" is more than 0s and at most 60s");
	/* Virtual time passes to the nanosecond, and nothing else happens meanwhile. */
	if (!scene->virtual_time)
		reader_warning(
			scene->reader, key,
			"\"wait\" is a last resort: time decides nothing for sure; is there a line that waits for an event?");
	return true;
}

static bool read_together(struct scene *scene, const struct node *value, struct step *step)
{
	const struct reader *reader = scene->reader;
	if (value->kind != NODE_LIST || value->count < 2)
		return reader_error(reader, value, "\"together\" is a list of at least two lists of steps");
	struct block *branches = arena_array(reader->arena, value->count, sizeof(*branches));
	bool good = true;
	for (size_t i = 0; i < value->count; i++)
		good = steps_read(scene, value->values[i], &branches[i]) && good;
	step->branches = branches;
	step->branch_count = value->count;
	return good;
}

static bool read_repeat(struct scene *scene, const struct node *value, struct step *step)
{
	const struct reader *reader = scene->reader;
	const struct node *fields[REPEAT_KEYS];
	if (!read_fields(reader, value, "\"repeat\"", repeat_keys, REPEAT_KEYS, fields))
		return false;
	uint64_t times = 0;
	bool good =
		fields[REPEAT_TIMES] != NULL && read_count(reader, fields[REPEAT_TIMES], "\"times\"", 1, PLAN_LINES, &times);
	struct block *block = arena_alloc(reader->arena, sizeof(*block));
	good = fields[REPEAT_STEPS] != NULL && steps_read(scene, fields[REPEAT_STEPS], block) && good;
	step->times = (unsigned)times;
	step->branches = block;
	step->branch_count = 1;
	return good;
}

/* Observations and what the grader does. */
static bool read_keyword(struct scene *scene, const struct node *key, const struct node *value, struct step *step)
{
	switch (verb_row(step->verb)->argument) {
	case ARGUMENT_WIRE:
		return wire_read(scene, value, step);
	case ARGUMENT_STATES:
		return states_read(scene, value, step);
	case ARGUMENT_COUNTS:
		return counts_read(scene, value, step);
	case ARGUMENT_ROLE:
		return scene_read_role(scene, value, &step->actor);
	case ARGUMENT_SIGNAL:
		return read_signal(scene, value, step);
	case ARGUMENT_DURATION:
		return read_wait(scene, key, value, step);
	case ARGUMENT_BRANCHES:
		return read_together(scene, value, step);
	case ARGUMENT_REPEAT:
		return read_repeat(scene, value, step);
	case ARGUMENT_NONE:
	case ARGUMENT_ADDRESS:
	case ARGUMENT_DATA:
	case ARGUMENT_DATA_OR_SIZE:
	case ARGUMENT_INPUT:
	case ARGUMENT_STATUS:
	case ARGUMENT_SEGMENT:
	case ARGUMENT_ORDER:
	case ARGUMENT_DELAY:
	case ARGUMENT_WINDOW:
		break;
	}
	return reader_error(scene->reader, key, "\"%s\" is what a role does: write \"server: %s\"", verb_word(step->verb),
	                    verb_row(step->verb)->short_form
	                        ? verb_word(step->verb)
	                        : arena_printf(scene->reader->arena, "{%s: …}", verb_word(step->verb)));
}

static bool find_verb(const struct node *key, enum verb *verb)
{
	for (size_t i = 0; verb_words[i] != NULL; i++) {
		if (node_is(key, verb_words[i])) {
			*verb = (enum verb)i;
			return true;
		}
	}
	return false;
}

/* The key is neither a keyword nor a role. */
static bool unknown_key(struct scene *scene, const struct node *key)
{
	const struct reader *reader = scene->reader;
	const char **words = arena_array(reader->arena, VERB_REPEAT + 2, sizeof(*words));
	size_t count = 0;
	for (enum verb verb = 0; verb <= VERB_REPEAT; verb++) {
		if (verb_row(verb)->group != GROUP_ROLE)
			words[count++] = verb_word(verb);
	}
	const char *keyword = reader_suggestion(reader, key->text, words);
	if (*keyword != '\0')
		return reader_error(reader, key, "no step begins with %s%s", reader_shown(reader, key), keyword);
	if (*scene_suggestion(scene, key->text) == '\0')
		return scene_stranger(scene, key, "; no step is called so (`grader explain` lists them)");
	int actor;
	return scene_read_role(scene, key, &actor);
}

static bool step_read(struct scene *scene, const struct node *node, struct step *step)
{
	const struct reader *reader = scene->reader;
	if (node->kind != NODE_MAP || node->count == 0)
		return reader_error(reader, node, "a step is a map with one key such as \"server: listen\", not %s",
		                    node->kind == NODE_MAP ? "an empty one" : reader_shown(reader, node));
	const struct node *key = node->keys[0], *value = node->values[0];
	*step = (struct step){.actor = ACTOR_NONE, .other = ACTOR_NONE, .place = {key->line, key->column}};
	bool good = true;
	if (node->count > 1)
		good = reader_error(reader, node->keys[1],
		                    "a step is a map with one key; %s is a second one: begin a step of its own with \"- \"",
		                    reader_shown(reader, node->keys[1]));
	if (find_verb(key, &step->verb))
		return transport_has(scene, key, step->verb) && read_keyword(scene, key, value, step) && good;
	if (scene_actor(scene, key->text) == ACTOR_NONE)
		return unknown_key(scene, key) && good;
	return scene_read_role(scene, key, &step->actor) && role_step_read(scene, value, step) && good;
}

bool steps_read(struct scene *scene, const struct node *node, struct block *block)
{
	const struct reader *reader = scene->reader;
	if (node->kind == NODE_SCALAR || items_count(node) == 0)
		return reader_error(reader, node, "steps are a list of at least one step, not %s",
		                    node->kind == NODE_SCALAR ? reader_shown(reader, node) : "an empty list");
	size_t errors = reader->diags->errors;
	struct step *steps = arena_array(reader->arena, items_count(node), sizeof(*steps));
	bool good = true;
	for (size_t i = 0; i < items_count(node); i++)
		good = step_read(scene, items_at(node, i), &steps[i]) && good;
	block->steps = steps;
	block->count = items_count(node);
	return good && reader->diags->errors == errors;
}
