/* What a role does: "listen", {send: "bye\n", to: bob}. */
#include "spec/steps.h"

#include "base/arena.h"
#include "model/signals.h"
#include "spec/data.h"
#include "spec/scene.h"
#include "spec/units.h"

#include <string.h>

static bool find_role_verb(const struct node *key, enum verb *verb)
{
	for (enum verb each = 0; each <= VERB_REPEAT; each++) {
		if (verb_row(each)->group == GROUP_ROLE && node_is(key, verb_word(each))) {
			*verb = each;
			return true;
		}
	}
	return false;
}

static enum beside_key find_beside(const struct node *key)
{
	enum beside_key beside = 0;
	while (beside < BESIDE_KEYS && !node_is(key, beside_keys[beside].name))
		beside++;
	return beside;
}

static bool unknown_verb(const struct scene *scene, const struct node *node)
{
	const struct reader *reader = scene->reader;
	if (node->kind != NODE_SCALAR || node_is_null(node))
		return reader_error(reader, node, "what the role does was expected, not %s", reader_shown(reader, node));
	const char **words = arena_array(reader->arena, VERB_REPEAT + BESIDE_KEYS + 2, sizeof(*words));
	size_t count = 0;
	for (enum verb verb = 0; verb <= VERB_REPEAT; verb++) {
		if (verb_row(verb)->group == GROUP_ROLE)
			words[count++] = verb_word(verb);
		else if (node_is(node, verb_word(verb)))
			return reader_error(reader, node,
			                    "\"%s\" is a step of its own, not what a role does: begin a step with "
			                    "\"- %s:\"",
			                    verb_word(verb), verb_word(verb));
	}
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(words[i]);
		if (strncmp(node->text, words[i], length) == 0 && node->text[length] == ' ')
			return reader_error(reader, node, "what \"%s\" takes stands behind a colon, in braces: {%s: %s}", words[i],
			                    words[i], node->text + length + 1);
	}
	return reader_error(reader, node, "no role does %s%s", reader_shown(reader, node),
	                    reader_suggestion(reader, node->text, words));
}

/* May this role, over this transport, do that? */
static bool check_verb(struct scene *scene, const struct node *node, const struct step *step)
{
	const struct verb_row *row = verb_row(step->verb);
	enum side side = scene_side(scene, step->actor);
	if (step->simultaneous)
		return shape_allowed(scene, node, side);
	if (verb_shapes(step->verb) && (!transport_has(scene, node, step->verb) || !shape_allowed(scene, node, side)))
		return false;
	if (!(row->sides & 1u << side))
		return reader_error(scene->reader, node, "a %s does not %s: that is a %s's part", side_word(side),
		                    verb_word(step->verb), side_word(side == SIDE_SERVER ? SIDE_CLIENT : SIDE_SERVER));
	return transport_has(scene, node, step->verb);
}

static bool read_other(struct scene *scene, const struct node *node, struct step *step)
{
	int other = ACTOR_NONE;
	if (!scene_read_role(scene, node, &other))
		return false;
	enum side side = scene_side(scene, step->actor);
	if (scene_side(scene, other) == side)
		return reader_error(scene->reader, node, "the other end of a %s is a %s; %s is a %s too", side_word(side),
		                    side_word(side == SIDE_SERVER ? SIDE_CLIENT : SIDE_SERVER),
		                    reader_shown(scene->reader, node), side_word(side));
	if (step->other != ACTOR_NONE)
		return reader_error(scene->reader, node, "the other end is named twice");
	step->other = other;
	return true;
}

static bool read_status(const struct scene *scene, const struct node *node, struct step *step)
{
	const struct reader *reader = scene->reader;
	uint64_t status = 0;
	const char *text = node->kind == NODE_SCALAR && strlen(node->text) == node->length ? node->text : "";
	step->exit_kind = EXIT_STATUS;
	if (count_parse(text, &status)) {
		step->number = (int)(status & 255);
		return status <= 255 || reader_error(reader, node, "a status is at most 255, not %s", text);
	}
	if (strcmp(text, "nonzero") == 0 || strcmp(text, "any") == 0) {
		step->exit_kind = text[0] == 'a' ? EXIT_ANY : EXIT_NONZERO;
		return true;
	}
	step->exit_kind = EXIT_SIGNAL;
	step->number = signal_number(text);
	if (step->number != 0)
		return true;
	return reader_error(reader, node, "\"exit\" is %s, not %s%s", argument_word(ARGUMENT_STATUS),
	                    reader_shown(reader, node), nearest_signal(scene, node));
}

static bool read_address(struct scene *scene, const struct node *node, struct step *step)
{
	if (node_is(node, "outside")) {
		step->outside = true;
		return true;
	}
	if (node_is(node, "simultaneous"))
		return step->simultaneous ||
		       reader_error(
				   scene->reader, node,
				   "a client that connects is not to know it: write \"server: {connect: simultaneous}\" before");
	static const char *const addresses[] = {"outside", "simultaneous", NULL};
	const char *meant = node->kind == NODE_SCALAR ? reader_suggestion(scene->reader, node->text, addresses) : "";
	if (*meant != '\0' && scene_actor(scene, node->text) == ACTOR_NONE)
		return reader_error(scene->reader, node, "\"connect\" is %s, not %s%s", argument_word(ARGUMENT_ADDRESS),
		                    reader_shown(scene->reader, node), meant);
	return read_other(scene, node, step);
}

/* RFC 768 and RFC 791: 65,535 bytes less 8 of the UDP header and 20 of the IP header. */
static bool check_datagram(const struct scene *scene, const struct node *node, const struct step *step)
{
	enum { DATAGRAM_MOST = 65507 };
	if (scene->transport != TRANSPORT_UDP || step->data.kind == DATA_PATTERN || step->data.length <= DATAGRAM_MOST)
		return true;
	return reader_error(scene->reader, node,
	                    "over transport: udp one \"%s\" is one datagram, of at most %d bytes, not %zu",
	                    verb_word(step->verb), DATAGRAM_MOST, step->data.length);
}

static bool read_argument(struct scene *scene, const struct node *node, struct step *step)
{
	const struct verb_row *row = verb_row(step->verb);
	const char *word = verb_word(step->verb);
	bool prints = step->verb == VERB_STDOUT || step->verb == VERB_STDERR;
	switch (row->argument) {
	case ARGUMENT_NONE:
	case ARGUMENT_ADDRESS:
		if (node_is_null(node))
			return true;
		if (row->argument == ARGUMENT_ADDRESS)
			return read_address(scene, node, step);
		/* "server: {accept: bob}" */
		if (row->other != OTHER_NONE && node->kind == NODE_SCALAR && scene_actor(scene, node->text) != ACTOR_NONE)
			return read_other(scene, node, step);
		return reader_error(scene->reader, node, "\"%s\" takes nothing, not %s", word,
		                    reader_shown(scene->reader, node));
	case ARGUMENT_DATA:
		return data_read(scene, node, word, DATA_TO_SEND, &step->data) && check_datagram(scene, node, step);
	case ARGUMENT_DATA_OR_SIZE:
		return data_read(scene, node, word, DATA_TO_RECEIVE, &step->data) && check_datagram(scene, node, step);
	case ARGUMENT_INPUT:
		step->end_of_stream = node->plain && node_is(node, "eof");
		return step->end_of_stream || data_read(scene, node, word, prints ? DATA_PRINTED : DATA_TYPED, &step->data);
	case ARGUMENT_STATUS:
		return read_status(scene, node, step);
	case ARGUMENT_SEGMENT:
	case ARGUMENT_ORDER:
	case ARGUMENT_DELAY:
	case ARGUMENT_WINDOW:
		scene->loses = scene->loses || step->verb == VERB_LOSE || step->verb == VERB_DELAY;
		return shape_read(scene, node, step);
	case ARGUMENT_WIRE:
	case ARGUMENT_STATES:
	case ARGUMENT_COUNTS:
	case ARGUMENT_ROLE:
	case ARGUMENT_SIGNAL:
	case ARGUMENT_DURATION:
	case ARGUMENT_BRANCHES:
	case ARGUMENT_REPEAT:
		break;
	}
	return false;
}

static bool read_pieces(struct scene *scene, const struct node *node, struct step *step)
{
	const struct reader *reader = scene->reader;
	if (step->verb != VERB_SEND)
		return reader_error(reader, node, "\"segments\" goes with \"send\" only");
	if (scene->transport == TRANSPORT_UDP)
		return reader_error(reader, node, "\"segments\" does not exist over transport: udp: one send is one datagram");
	if (step->data.kind != DATA_BYTES || step->data.uses_names)
		return reader_error(reader, node, "\"segments\" cuts bytes that are known beforehand");
	size_t count = items_count(node);
	if (count > PIECES_MOST)
		return reader_error(reader, node, "\"segments\" are at most %d", PIECES_MOST);
	uint32_t *pieces = arena_array(reader->arena, count + 1, sizeof(*pieces));
	uint64_t sum = 0, piece = 0;
	for (size_t i = 0; i < count; i++) {
		const struct node *item = items_at(node, i);
		bool sized =
			item->kind == NODE_SCALAR && size_parse(item->text, &piece) == UNIT_GOOD && piece > 0 && piece <= DATA_MOST;
		if (!sized && !read_count(reader, item, "a segment's length", 1, DATA_MOST, &piece))
			return false;
		pieces[i] = (uint32_t)piece;
		sum += piece;
	}
	if (sum != step->data.length)
		return reader_error(reader, node, "the segments add up to %llu bytes, but %zu are sent",
		                    (unsigned long long)sum, step->data.length);
	step->pieces = pieces;
	step->piece_count = count;
	return true;
}

static bool read_beside(struct scene *scene, enum beside_key beside, const struct node *key, const struct node *value,
                        struct step *step)
{
	const struct reader *reader = scene->reader;
	enum other_key other = verb_row(step->verb)->other;
	const char *word = verb_word(step->verb);
	if (beside == BESIDE_SEGMENTS)
		return read_pieces(scene, value, step);
	if (beside == BESIDE_WITH)
		return with_read(scene, value, step);
	if (verb_shapes(step->verb) && step->verb != VERB_WINDOW)
		return shape_read_direction(scene, value, beside == BESIDE_FROM, step);
	if (other == OTHER_NONE)
		return reader_error(reader, key, "\"%s\" has no other end: no \"%s\"", word, beside_keys[beside].name);
	if ((other == OTHER_TO && beside == BESIDE_FROM) || (other == OTHER_FROM && beside == BESIDE_TO))
		return reader_error(reader, key, "\"%s\" takes \"%s\", not \"%s\"", word, other == OTHER_TO ? "to" : "from",
		                    beside_keys[beside].name);
	return read_other(scene, value, step);
}

static bool read_verb_map(struct scene *scene, const struct node *map, struct step *step)
{
	const struct reader *reader = scene->reader;
	const struct node *verb_node = NULL, *argument = NULL;
	enum verb verb;
	bool good = true;
	for (size_t i = 0; i < map->count; i++) {
		const struct node *key = map->keys[i];
		if (find_role_verb(key, &verb)) {
			if (verb_node != NULL)
				good = reader_error(reader, key, "one verb a step: \"%s\" needs a step of its own", key->text);
			else
				step->verb = verb, verb_node = key, argument = map->values[i];
		} else if (find_beside(key) == BESIDE_KEYS) {
			good = unknown_verb(scene, key);
		}
	}
	if (verb_node == NULL)
		return good &&
		       reader_error(reader, map, "no verb here: write what the role does, such as {send: \"hello\\n\"}");
	step->simultaneous = step->verb == VERB_CONNECT && scene_side(scene, step->actor) == SIDE_SERVER &&
	                     node_is(argument, "simultaneous");
	if (!check_verb(scene, verb_node, step) || !read_argument(scene, argument, step))
		return false;
	for (size_t i = 0; i < map->count; i++) {
		enum beside_key beside = find_beside(map->keys[i]);
		if (beside != BESIDE_KEYS)
			good = read_beside(scene, beside, map->keys[i], map->values[i], step) && good;
	}
	return good;
}

bool role_step_read(struct scene *scene, const struct node *value, struct step *step)
{
	const struct reader *reader = scene->reader;
	if (value->kind == NODE_MAP && value->count > 0)
		return read_verb_map(scene, value, step);
	if (value->kind == NODE_LIST)
		return reader_error(reader, value, "one verb a step: give each a step of its own");
	if (!find_role_verb(value, &step->verb))
		return unknown_verb(scene, value);
	if (!check_verb(scene, value, step))
		return false;
	const struct verb_row *row = verb_row(step->verb);
	return row->short_form || reader_error(reader, value, "\"%s\" needs %s behind it: {%s: …}, as in \"%s\"",
	                                       value->text, argument_word(row->argument), value->text, row->example);
}
