#include "spec/data.h"
#include "spec/schema.h"

#include "model/signals.h"
#include "model/verbs.h"
#include "spec/schema_parts.h"

#include <stdio.h>
#include <string.h>

/* A definition by one JSON type and a pattern. */
static void pattern_definition(struct json *json, const char *name, const char *pattern, const char *help)
{
	json_add_object(json, name);
	json_add_string(json, "type", "string");
	json_add_string(json, "pattern", pattern);
	json_add_string(json, "description", help);
	json_end_object(json);
}

static void choices(struct json *json, const char *key, const char *const *words)
{
	schema_choice(json, key);
	schema_enumeration(json, NULL, words);
	json_add_object(json, NULL);
	json_add_string(json, "type", "array");
	schema_enumeration(json, "items", words);
	json_end_object(json);
	schema_end_choice(json);
}

/* The definition that a key's type refers to; NULL for those that are written in place. */
static const char *type_definition(enum key_type type)
{
	switch (type) {
	case KEY_NAME:
		return "name";
	case KEY_TEXT:
		return "text";
	case KEY_SIZE:
		return "size";
	case KEY_DURATION:
		return "duration";
	case KEY_NAMES:
		return "names";
	case KEY_ROLES:
		return "roles";
	case KEY_PATTERN:
		return "pattern";
	case KEY_PIECES:
		return "pieces";
	case KEY_REPEATED:
		return "repeated";
	case KEY_STEPS:
		return "steps";
	case KEY_TESTS:
		return "tests";
	case KEY_LIMITS:
		return "limits";
	case KEY_BYTES:
		return "bytes";
	case KEY_VARY:
		return "vary";
	case KEY_FAULTS:
		return "faults";
	case KEY_COMMAND:
		return "command";
	case KEY_COMMANDS:
		return "commands";
	case KEY_ONE:
	case KEY_NUMBER:
	case KEY_COUNT:
	case KEY_BOOLEAN:
	case KEY_CHOICE:
	case KEY_CHOICES:
		break;
	}
	return NULL;
}

/* The members of a key's schema, within an object that the caller opened. */
static void type_members(struct json *json, const struct key_row *row)
{
	const char *definition = type_definition(row->type);
	char path[64];
	if (definition != NULL) {
		snprintf(path, sizeof(path), "#/$defs/%s", definition);
		json_add_string(json, "$ref", path);
	} else if (row->type == KEY_ONE) {
		json_add_integer(json, "const", 1);
	} else if (row->type == KEY_NUMBER || row->type == KEY_COUNT) {
		json_add_string(json, "type", row->type == KEY_COUNT ? "integer" : "number");
		json_add_integer(json, "minimum", 0);
	} else if (row->type == KEY_BOOLEAN) {
		json_add_string(json, "type", "boolean");
	} else if (row->type == KEY_CHOICES) {
		json_add_array(json, "allOf");
		choices(json, NULL, row->choices);
		json_end_array(json);
	} else {
		json_add_array(json, "enum");
		for (const char *const *word = row->choices; *word != NULL; word++)
			json_add_string(json, NULL, *word);
		json_end_array(json);
	}
}

void schema_properties(struct json *json, const struct key_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_add_object(json, rows[i].name);
		type_members(json, &rows[i]);
		json_add_string(json, "description", rows[i].help);
		json_end_object(json);
	}
}

static void map_begin(struct json *json, const char *name, const struct key_row *rows, size_t count)
{
	json_add_object(json, name);
	json_add_string(json, "type", "object");
	json_add_object(json, "properties");
	schema_properties(json, rows, count);
	json_end_object(json);
	json_add_array(json, "required");
	for (size_t i = 0; i < count; i++) {
		if (rows[i].required)
			json_add_string(json, NULL, rows[i].name);
	}
	json_end_array(json);
	json_add_boolean(json, "additionalProperties", false);
}

static void map_definition(struct json *json, const char *name, const struct key_row *rows, size_t count)
{
	map_begin(json, name, rows, count);
	json_end_object(json);
}

static void data_definition(struct json *json)
{
	map_begin(json, "dataMap", data_keys, DATA_KEYS);
	json_add_array(json, "oneOf");
	for (size_t i = 0; i < DATA_SOURCES; i++) {
		json_add_object(json, NULL);
		json_add_array(json, "required");
		json_add_string(json, NULL, data_keys[i].name);
		json_end_array(json);
		json_end_object(json);
	}
	json_end_array(json);
	json_add_object(json, "dependentRequired");
	for (size_t i = 0; i < DATA_COMPANY; i++) {
		json_add_array(json, data_keys[data_company[i][0]].name);
		json_add_string(json, NULL, data_keys[data_company[i][1]].name);
		json_end_array(json);
	}
	json_end_object(json);
	json_end_object(json);
}

/* Words of TCP's states, and as RFC 9293 writes them: with hyphens. */
static void state_definition(struct json *json)
{
	json_add_object(json, "state");
	json_add_array(json, "enum");
	for (size_t i = 0; tcp_state_words[i] != NULL; i++)
		json_add_string(json, NULL, tcp_state_words[i]);
	for (size_t i = 0; tcp_state_words[i] != NULL; i++) {
		char word[32] = "";
		for (size_t j = 0; tcp_state_words[i][j] != '\0' && j + 1 < sizeof(word); j++)
			word[j] = (char)(tcp_state_words[i][j] == '_' ? '-' : tcp_state_words[i][j]);
		if (strcmp(word, tcp_state_words[i]) != 0)
			json_add_string(json, NULL, word);
	}
	json_end_array(json);
	json_end_object(json);
}

static void scalar_definitions(struct json *json)
{
	_Static_assert(PATTERN_MOST == 1024, "as the pattern below says");
	pattern_definition(json, "name", "^[A-Za-z][A-Za-z0-9_.-]{0,63}$", "Letters, digits, \"_\", \"-\" and \".\".");
	pattern_definition(json, "size", "^[0-9]+(B|KiB|MiB|GiB)$", "A size such as 1500B, 4KiB or 2MiB.");
	pattern_definition(json, "duration", "^[0-9]+(us|ms|s|min)$", "A duration such as 200ms or 5s.");
	pattern_definition(json, "pattern", "^[\\s\\S]{1,1024}$", "A POSIX extended regular expression.");
	json_add_object(json, "text");
	json_add_array(json, "type");
	json_add_string(json, NULL, "string");
	json_add_string(json, NULL, "number");
	json_add_string(json, NULL, "boolean");
	json_end_array(json);
	json_end_object(json);
	schema_enumeration(json, "signal", signal_words);
	state_definition(json);
	schema_choice(json, "count");
	schema_number(json, NULL, 0, 1000000);
	json_add_object(json, NULL);
	json_add_string(json, "type", "string");
	json_add_string(json, "pattern", "^(<|>|<=|>=|=|==)? *[0-9]+$");
	json_end_object(json);
	schema_end_choice(json);
}

static void list_definitions(struct json *json)
{
	schema_choice(json, "names");
	schema_reference(json, NULL, "name");
	schema_list(json, NULL, "name", 0);
	schema_end_choice(json);
	schema_choice(json, "roles");
	schema_number(json, NULL, 0, CLIENTS_MOST);
	schema_reference(json, NULL, "name");
	schema_list(json, NULL, "name", 0);
	schema_end_choice(json);
	json_add_object(json, "pieces");
	json_add_string(json, "type", "array");
	schema_choice(json, "items");
	schema_number(json, NULL, 1, 0);
	schema_reference(json, NULL, "size");
	schema_end_choice(json);
	json_end_object(json);
	schema_choice(json, "bytes");
	schema_number(json, NULL, 1, 0);
	schema_reference(json, NULL, "size");
	schema_end_choice(json);
	schema_choice(json, "faults");
	schema_reference(json, NULL, "fault");
	schema_list(json, NULL, "fault", 1);
	schema_end_choice(json);
	schema_choice(json, "command");
	json_add_object(json, NULL);
	json_add_string(json, "type", "string");
	json_end_object(json);
	schema_list(json, NULL, "text", 1);
	schema_end_choice(json);
	json_add_object(json, "commands");
	json_add_string(json, "type", "object");
	json_add_object(json, "properties");
	for (size_t i = 0; side_words[i] != NULL; i++)
		schema_reference(json, side_words[i], "command");
	json_end_object(json);
	json_add_integer(json, "minProperties", 1);
	json_add_boolean(json, "additionalProperties", false);
	json_end_object(json);
	schema_choice(json, "steps");
	schema_list(json, NULL, "step", 1);
	schema_reference(json, NULL, "step");
	schema_end_choice(json);
	schema_list(json, "tests", "test", 1);
}

static void definitions(struct json *json)
{
	json_add_object(json, "$defs");
	map_definition(json, "spec", spec_keys, SPEC_KEYS);
	map_definition(json, "assignment", assignment_keys, ASSIGNMENT_KEYS);
	map_definition(json, "test", test_keys, TEST_KEYS);
	map_definition(json, "limits", limit_keys, LIMITS_KEYS);
	map_definition(json, "vary", vary_keys, VARY_KEYS);
	map_definition(json, "fault", setback_keys, SETBACK_KEYS);
	schema_step(json);
	schema_role_step(json);
	schema_choice(json, "data");
	schema_reference(json, NULL, "text");
	schema_reference(json, NULL, "dataMap");
	schema_end_choice(json);
	data_definition(json);
	map_definition(json, "repeat", repeat_keys, REPEAT_KEYS);
	map_definition(json, "repeated", repeated_keys, REPEATED_KEYS);
	schema_wire(json);
	scalar_definitions(json);
	list_definitions(json);
	json_end_object(json);
}

void schema_write(struct text *out)
{
	struct json json = {.out = out, .indented = true};
	json_add_object(&json, NULL);
	json_add_string(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_add_string(&json, "title", "Grader: lifecycles (specs) and assignments");
	json_add_array(&json, "anyOf");
	schema_reference(&json, NULL, "spec");
	schema_reference(&json, NULL, "assignment");
	json_end_array(&json);
	definitions(&json);
	json_end_object(&json);
	text_puts(out, "\n");
}
