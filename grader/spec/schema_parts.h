/* Pieces of a JSON Schema.  Each writes one schema as the member `key`, or as an item of a list (NULL). */
#pragma once

#include "base/json.h"

struct key_row;

/* { "$ref": "#/$defs/DEFINITION" } */
void schema_reference(struct json *, const char *key, const char *definition);
/* One of the words; the list ends with NULL. */
void schema_enumeration(struct json *, const char *key, const char *const *words);
/* `most` 0: without a bound. */
void schema_number(struct json *, const char *key, int64_t least, int64_t most);
void schema_list(struct json *, const char *key, const char *definition, int64_t least);
/* { "anyOf": [ … schemas follow as items, until schema_end_choice. */
void schema_choice(struct json *, const char *key);
void schema_end_choice(struct json *);
/* The properties of the rows, within an object that the caller opened. */
void schema_properties(struct json *, const struct key_row *rows, size_t count);

/* The definitions "step", "roleStep", and "segment" with what is made of it. */
void schema_step(struct json *);
void schema_role_step(struct json *);
void schema_wire(struct json *);
