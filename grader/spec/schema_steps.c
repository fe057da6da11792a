/* The schema of steps, from the rows of the verbs. */
#include "spec/schema_parts.h"

#include "model/signals.h"
#include "model/verbs.h"

static void null_type(struct json *json)
{
	json_add_object(json, NULL);
	json_add_string(json, "type", "null");
	json_end_object(json);
}

/* { "type": "object", "additionalProperties": … }: a map of ROLE to that. */
static void role_map(struct json *json, const char *key, const char *definition)
{
	json_add_object(json, key);
	json_add_string(json, "type", "object");
	schema_reference(json, "additionalProperties", definition);
	json_add_integer(json, "minProperties", 1);
	json_end_object(json);
}

static void status_argument(struct json *json)
{
	static const char *const words[] = {"nonzero", "any", NULL};
	schema_choice(json, NULL);
	schema_number(json, NULL, 0, 255);
	schema_enumeration(json, NULL, words);
	schema_reference(json, NULL, "signal");
	schema_end_choice(json);
}

static void wire_argument(struct json *json)
{
	schema_choice(json, NULL);
	schema_list(json, NULL, "wireItem", 1);
	schema_reference(json, NULL, "wireItem");
	schema_end_choice(json);
}

static void order_argument(struct json *json)
{
	json_add_object(json, NULL);
	json_add_string(json, "type", "array");
	schema_number(json, "items", 1, ORDER_MOST);
	json_add_integer(json, "minItems", 2);
	json_add_integer(json, "maxItems", ORDER_MOST);
	json_end_object(json);
}

static void delay_argument(struct json *json)
{
	json_add_object(json, NULL);
	json_add_string(json, "type", "object");
	schema_reference(json, "additionalProperties", "duration");
	json_add_integer(json, "minProperties", 1);
	json_add_integer(json, "maxProperties", 1);
	json_end_object(json);
}

static void window_argument(struct json *json)
{
	static const char *const open[] = {"open", NULL};
	schema_choice(json, NULL);
	schema_number(json, NULL, 0, 0);
	schema_enumeration(json, NULL, open);
	schema_reference(json, NULL, "size");
	schema_end_choice(json);
}

static void branches_argument(struct json *json)
{
	json_add_object(json, NULL);
	json_add_string(json, "type", "array");
	schema_reference(json, "items", "steps");
	json_add_integer(json, "minItems", 2);
	json_end_object(json);
}

/* What stands behind the verb, as an item of an array. */
static void argument_schema(struct json *json, enum argument argument)
{
	static const char *const outside[] = {"outside", "simultaneous", NULL}, *const eof[] = {"eof", NULL};
	switch (argument) {
	case ARGUMENT_NONE:
	case ARGUMENT_ADDRESS:
		schema_choice(json, NULL);
		if (argument == ARGUMENT_ADDRESS)
			schema_enumeration(json, NULL, outside);
		null_type(json);
		schema_reference(json, NULL, "name");
		schema_end_choice(json);
		return;
	case ARGUMENT_DATA:
	case ARGUMENT_DATA_OR_SIZE:
		schema_reference(json, NULL, "data");
		return;
	case ARGUMENT_INPUT:
		schema_choice(json, NULL);
		schema_enumeration(json, NULL, eof);
		schema_reference(json, NULL, "data");
		schema_end_choice(json);
		return;
	case ARGUMENT_STATUS:
		status_argument(json);
		return;
	case ARGUMENT_SEGMENT:
		schema_reference(json, NULL, "segment");
		return;
	case ARGUMENT_ORDER:
		order_argument(json);
		return;
	case ARGUMENT_DELAY:
		delay_argument(json);
		return;
	case ARGUMENT_WINDOW:
		window_argument(json);
		return;
	case ARGUMENT_WIRE:
		wire_argument(json);
		return;
	case ARGUMENT_STATES:
		role_map(json, NULL, "state");
		return;
	case ARGUMENT_COUNTS:
		role_map(json, NULL, "count");
		return;
	case ARGUMENT_ROLE:
		schema_reference(json, NULL, "name");
		return;
	case ARGUMENT_SIGNAL:
		role_map(json, NULL, "signal");
		return;
	case ARGUMENT_DURATION:
		schema_reference(json, NULL, "duration");
		return;
	case ARGUMENT_BRANCHES:
		branches_argument(json);
		return;
	case ARGUMENT_REPEAT:
		schema_reference(json, NULL, "repeat");
		return;
	}
}

/* "verb": { "description": …, "allOf": [argument] } */
static void verb_property(struct json *json, const struct verb_row *row)
{
	json_add_object(json, verb_word(row->verb));
	json_add_string(json, "description", row->help);
	json_add_array(json, "allOf");
	argument_schema(json, row->argument);
	json_end_array(json);
	json_end_object(json);
}

static void short_forms(struct json *json)
{
	for (enum verb verb = 0; verb <= VERB_REPEAT; verb++) {
		const struct verb_row *row = verb_row(verb);
		if (row->group != GROUP_ROLE || !row->short_form)
			continue;
		json_add_object(json, NULL);
		json_add_string(json, "const", verb_word(verb));
		json_add_string(json, "description", row->help);
		json_end_object(json);
	}
}

void schema_role_step(struct json *json)
{
	schema_choice(json, "roleStep");
	short_forms(json);
	json_add_object(json, NULL);
	json_add_string(json, "type", "object");
	json_add_object(json, "properties");
	for (enum verb verb = 0; verb <= VERB_REPEAT; verb++) {
		if (verb_row(verb)->group == GROUP_ROLE)
			verb_property(json, verb_row(verb));
	}
	schema_properties(json, beside_keys, BESIDE_KEYS);
	json_end_object(json);
	json_add_integer(json, "minProperties", 1);
	json_add_boolean(json, "additionalProperties", false);
	json_end_object(json);
	schema_end_choice(json);
}

void schema_step(struct json *json)
{
	static const char *const roles[] = {"server", "client", "servers", "clients"};
	json_add_object(json, "step");
	json_add_string(json, "type", "object");
	json_add_object(json, "properties");
	for (enum verb verb = 0; verb <= VERB_REPEAT; verb++) {
		if (verb_row(verb)->group != GROUP_ROLE)
			verb_property(json, verb_row(verb));
	}
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		schema_reference(json, roles[i], "roleStep");
	json_end_object(json);
	schema_reference(json, "additionalProperties", "roleStep");
	json_add_integer(json, "minProperties", 1);
	json_add_integer(json, "maxProperties", 1);
	json_end_object(json);
}

void schema_wire(struct json *json)
{
	schema_choice(json, "segment");
	schema_enumeration(json, NULL, segment_pattern_words);
	json_add_object(json, NULL);
	json_add_string(json, "type", "string");
	json_add_string(json, "pattern", "^DATA [1-9][0-9]*$");
	json_end_object(json);
	schema_end_choice(json);
	schema_choice(json, "segments");
	schema_reference(json, NULL, "segment");
	schema_list(json, NULL, "segment", 1);
	schema_end_choice(json);
	json_add_object(json, "wireItem");
	json_add_string(json, "type", "object");
	json_add_object(json, "properties");
	json_add_object(json, "not");
	json_add_string(json, "description", "Segments that must not pass.");
	json_add_array(json, "anyOf");
	role_map(json, NULL, "segments");
	json_add_object(json, NULL);
	json_add_string(json, "type", "array");
	role_map(json, "items", "segments");
	json_end_object(json);
	json_end_array(json);
	json_end_object(json);
	json_end_object(json);
	schema_reference(json, "additionalProperties", "segments");
	json_add_integer(json, "minProperties", 1);
	json_end_object(json);
}
