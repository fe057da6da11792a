#include "base/json.h"

#include "base/base64.h"
#include "base/utf8.h"

#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void json_newline(struct json *json)
{
	if (!json->indented)
		return;
	text_puts(json->out, "\n");
	for (unsigned i = 0; i < json->depth; i++)
		text_puts(json->out, "  ");
}

static void json_quote(struct text *out, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	text_puts(out, "\"");
	for (size_t i = 0; i < length;) {
		size_t run = i;
		while (run < length && at[run] >= 0x20 && at[run] < 0x7f && at[run] != '"' && at[run] != '\\')
			run++;
		text_add(out, at + i, run - i);
		i = run;
		if (i == length)
			break;
		size_t sequence = utf8_valid(at + i, length - i);
		if (at[i] == '"' || at[i] == '\\')
			text_printf(out, "\\%c", at[i]);
		else if (at[i] == '\n')
			text_puts(out, "\\n");
		else if (at[i] < 0x20 || at[i] == 0x7f)
			text_printf(out, "\\u%04x", at[i]);
		else if (sequence == 2 && at[i] == 0xc2 && at[i + 1] < 0xa0) /* C1: terminals obey them, too */
			text_printf(out, "\\u%04x", at[i + 1]);
		else if (sequence > 0)
			text_add(out, at + i, sequence);
		else
			text_puts(out, "\xef\xbf\xbd");
		i += sequence > 0 ? sequence : 1;
	}
	text_puts(out, "\"");
}

static void json_member(struct json *json, const char *key)
{
	if (json->more)
		text_puts(json->out, json->indented ? "," : ", ");
	if (json->depth > 0)
		json_newline(json);
	if (key != NULL) {
		json_quote(json->out, key, strlen(key));
		text_puts(json->out, ": ");
	}
	json->more = true;
}

static void json_open(struct json *json, const char *key, const char *bracket)
{
	json_member(json, key);
	text_puts(json->out, bracket);
	json->depth++;
	json->more = false;
}

static void json_close(struct json *json, const char *bracket)
{
	json->depth--;
	if (json->more)
		json_newline(json);
	text_puts(json->out, bracket);
	json->more = true;
}

void json_add_object(struct json *json, const char *key)
{
	json_open(json, key, "{");
}

void json_add_array(struct json *json, const char *key)
{
	json_open(json, key, "[");
}

void json_end_object(struct json *json)
{
	json_close(json, "}");
}

void json_end_array(struct json *json)
{
	json_close(json, "]");
}

void json_add_bytes(struct json *json, const char *key, const void *bytes, size_t length)
{
	json_member(json, key);
	json_quote(json->out, bytes, length);
}

void json_add_string(struct json *json, const char *key, const char *string)
{
	if (string == NULL)
		json_add_null(json, key);
	else
		json_add_bytes(json, key, string, strlen(string));
}

void json_add_integer(struct json *json, const char *key, int64_t value)
{
	/* Most of what a recording holds: printf would take longer than everything else about it. */
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	json_member(json, key);
	do
		digits[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	text_puts(json->out, value < 0 ? "-" : "");
	text_add(json->out, digits + at, sizeof(digits) - at);
}

void json_add_number(struct json *json, const char *key, double value)
{
	if (!isfinite(value)) {
		json_add_null(json, key);
		return;
	}
	json_member(json, key);
	text_printf(json->out, "%.12g", value == 0 ? 0.0 : value);
}

void json_add_boolean(struct json *json, const char *key, bool value)
{
	json_member(json, key);
	text_puts(json->out, value ? "true" : "false");
}

void json_add_null(struct json *json, const char *key)
{
	json_member(json, key);
	text_puts(json->out, "null");
}

void json_add_base64(struct json *json, const char *key, const void *bytes, size_t length)
{
	json_member(json, key);
	text_puts(json->out, "\"");
	base64_encode(json->out, bytes, length);
	text_puts(json->out, "\"");
}
