#include "spec/schema_parts.h"

#include <stdio.h>

void schema_reference(struct json *json, const char *key, const char *definition)
{
	char path[64];
	snprintf(path, sizeof(path), "#/$defs/%s", definition);
	json_add_object(json, key);
	json_add_string(json, "$ref", path);
	json_end_object(json);
}

void schema_enumeration(struct json *json, const char *key, const char *const *words)
{
	json_add_object(json, key);
	json_add_array(json, "enum");
	for (; *words != NULL; words++)
		json_add_string(json, NULL, *words);
	json_end_array(json);
	json_end_object(json);
}

void schema_number(struct json *json, const char *key, int64_t least, int64_t most)
{
	json_add_object(json, key);
	json_add_string(json, "type", "integer");
	json_add_integer(json, "minimum", least);
	if (most > 0)
		json_add_integer(json, "maximum", most);
	json_end_object(json);
}

void schema_list(struct json *json, const char *key, const char *definition, int64_t least)
{
	json_add_object(json, key);
	json_add_string(json, "type", "array");
	schema_reference(json, "items", definition);
	json_add_integer(json, "minItems", least);
	json_end_object(json);
}

/* { "anyOf": [ …: the caller ends it by end_choice. */
void schema_choice(struct json *json, const char *key)
{
	json_add_object(json, key);
	json_add_array(json, "anyOf");
}

void schema_end_choice(struct json *json)
{
	json_end_array(json);
	json_end_object(json);
}
