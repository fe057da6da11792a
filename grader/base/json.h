/* Writes JSON (RFC 8259) into a text, member by member; the result is always valid UTF-8 and well formed as long as
 * the calls are balanced.  Reading is jansson's. */
#pragma once

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	struct text *out; /* borrowed */
	unsigned depth;
	bool more; /* a comma is due before the next member */
	bool indented; /* two spaces a level, for people; else one line */
};

/* `key` is NULL inside an array and at the top. */
void json_add_object(struct json *, const char *key);
void json_add_array(struct json *, const char *key);
void json_end_object(struct json *);
void json_end_array(struct json *);
/* NULL writes null.  Invalid UTF-8 becomes U+FFFD. */
void json_add_string(struct json *, const char *key, const char *);
void json_add_bytes(struct json *, const char *key, const void *bytes, size_t length_bytes);
void json_add_integer(struct json *, const char *key, int64_t);
/* The shortest decimal form that keeps 12 digits; not-a-number and infinity become null. */
void json_add_number(struct json *, const char *key, double);
void json_add_boolean(struct json *, const char *key, bool);
void json_add_null(struct json *, const char *key);
/* Bytes as base64 (RFC 4648, with padding). */
void json_add_base64(struct json *, const char *key, const void *bytes, size_t length_bytes);
