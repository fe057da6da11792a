#include "timeline/timeline.h"

#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"
#include "timeline/fields.h"

#include <inttypes.h>
#include <stdio.h>

static void flags_save(struct json *json, const char *key, uint8_t flags)
{
	static const char *const words[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
	char line[40];
	size_t length = 0;
	for (unsigned bit = 0; bit < 8; bit++)
		if (flags & 1U << bit)
			length += (size_t)snprintf(line + length, sizeof(line) - length, "%s%s", length > 0 ? " " : "", words[bit]);
	json_add_bytes(json, key, line, length);
}

static void address_save(struct json *json, const char *key, const struct address *address)
{
	char line[ADDRESS_LENGTH];
	if (address->family != 0 || address->port != 0)
		json_add_string(json, key, address_text(address, line));
}

/* A number past INT64_MAX is written as a string: readers of JSON keep no more than that. */
static void unsigned_save(struct json *json, const char *key, uint64_t value)
{
	if (value <= INT64_MAX) {
		json_add_integer(json, key, (int64_t)value);
		return;
	}
	char line[24];
	snprintf(line, sizeof(line), "%" PRIu64, value);
	json_add_string(json, key, line);
}

static void field_save(struct json *json, const struct field *field, const struct event *event)
{
	int64_t value = field_value(field, event);
	if (field->type != FIELD_ADDRESS && !field->always && value == field->usual)
		return;
	switch (field->type) {
	case FIELD_BOOLEAN:
		json_add_boolean(json, field->name, value != 0);
		return;
	case FIELD_FLAGS:
		flags_save(json, field->name, (uint8_t)value);
		return;
	case FIELD_WORD:
		json_add_string(json, field->name, field_valid(field, event) ? field->words[value] : "?");
		return;
	case FIELD_ADDRESS:
		address_save(json, field->name, field_address(field, event));
		return;
	case FIELD_UINT64:
		unsigned_save(json, field->name, (uint64_t)value);
		return;
	case FIELD_INT16:
	case FIELD_UINT16:
	case FIELD_INT32:
	case FIELD_UINT32:
	case FIELD_INT64:
		json_add_integer(json, field->name, value);
		return;
	}
}

static void fields_save(struct json *json, struct fields fields, const struct event *event)
{
	for (size_t i = 0; i < fields.count; i++)
		field_save(json, &fields.list[i], event);
}

static bool utf8_throughout(const uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t sequence = utf8_valid(bytes + at, length - at);
		if (sequence == 0)
			return false;
		at += sequence;
	}
	return true;
}

/* Bytes that are UTF-8 stay readable as "text"; others become "data" in base64. */
static void data_save(struct json *json, const uint8_t *bytes, size_t length)
{
	if (utf8_throughout(bytes, length))
		json_add_bytes(json, "text", bytes, length);
	else
		json_add_base64(json, "data", bytes, length);
}

static void event_save(struct json *json, const struct event *event)
{
	json->more = false;
	json_add_object(json, NULL);
	json_add_integer(json, "number", event->number);
	json_add_string(json, "kind", event_kind_word(event->kind));
	fields_save(json, fields_common(), event);
	fields_save(json, fields_of(event->kind), event);
	if (event->data_length > 0)
		data_save(json, event->data, event->data_length);
	json_end_object(json);
	text_puts(json->out, "\n");
}

void timeline_save(const struct timeline *timeline, struct text *out)
{
	struct json json = {.out = out};
	for (size_t i = 0; i < timeline->count; i++)
		event_save(&json, &timeline->events[i]);
	if (timeline->truncated)
		text_puts(out, "{\"truncated\": true}\n");
}
