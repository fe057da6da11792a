#include "timeline/timeline.h"

#include "base/base64.h"
#include "base/diag.h"
#include "base/text.h"
#include "timeline/fields.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool word_find(const char *const *words, const char *word, int64_t *value)
{
	for (int64_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0) {
			*value = i;
			return true;
		}
	}
	return false;
}

static bool flags_load(const char *string, int64_t *flags)
{
	static const char words[] = "FINSYNRSTPSHACKURGECECWR";
	*flags = 0;
	for (;; string += 4) {
		unsigned bit = 0;
		while (bit < 8 && strncmp(string, words + 3 * (size_t)bit, 3) != 0)
			bit++;
		if (bit == 8)
			return false;
		*flags |= INT64_C(1) << bit;
		if (string[3] == '\0')
			return true;
		if (string[3] != ' ')
			return false;
	}
}

static bool port_load(const char *string, uint16_t *port)
{
	char *end;
	errno = 0;
	unsigned long number = strtoul(string, &end, 10);
	if (*string < '0' || *string > '9' || *end != '\0' || errno != 0 || number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

/* As address_text writes it. */
static bool address_load(const char *string, struct address *address)
{
	char host[ADDRESS_LENGTH];
	const char *colon = strrchr(string, ':');
	if (colon == NULL || (size_t)(colon - string) >= sizeof(host) || !port_load(colon + 1, &address->port))
		return false;
	size_t length = (size_t)(colon - string);
	memcpy(host, string, length);
	host[length] = '\0';
	if (strcmp(host, "?") == 0)
		return true;
	address->family = AF_INET;
	if (host[0] != '[')
		return inet_pton(AF_INET, host, address->bytes) == 1;
	if (host[length - 1] != ']')
		return false;
	host[length - 1] = '\0';
	address->family = AF_INET6;
	return inet_pton(AF_INET6, host + 1, address->bytes) == 1;
}

static bool unsigned_load(const json_t *value, int64_t *bits)
{
	if (json_is_integer(value)) {
		*bits = json_integer_value(value);
		return *bits >= 0;
	}
	const char *string = json_string_value(value);
	char *end;
	if (string == NULL || *string < '0' || *string > '9')
		return false;
	errno = 0;
	uint64_t number = strtoull(string, &end, 10);
	*bits = (int64_t)number;
	return *end == '\0' && errno == 0;
}

static bool field_load(const struct field *field, const json_t *value, struct event *event)
{
	const char *string = json_string_value(value);
	int64_t number = 0;
	switch (field->type) {
	case FIELD_BOOLEAN:
		return json_is_boolean(value) && field_set(field, event, json_is_true(value));
	case FIELD_FLAGS:
		return string != NULL && flags_load(string, &number) && field_set(field, event, number);
	case FIELD_WORD:
		return string != NULL && word_find(field->words, string, &number) && field_set(field, event, number);
	case FIELD_ADDRESS: {
		struct address address = {0};
		if (string == NULL || !address_load(string, &address))
			return false;
		memcpy((uint8_t *)event + field->offset, &address, sizeof(address));
		return true;
	}
	case FIELD_UINT64:
		return unsigned_load(value, &number) && field_set(field, event, number);
	case FIELD_INT16:
	case FIELD_UINT16:
	case FIELD_INT32:
	case FIELD_UINT32:
	case FIELD_INT64:
		return json_is_integer(value) && field_set(field, event, json_integer_value(value));
	}
	return false;
}

/* One line on its way into an event. */
struct line {
	const json_t *object;
	const char *path;
	unsigned number;
	struct diags *diags;
	size_t used; /* members understood */
	struct text data;
};

#define line_error(line, ...) diags_add((line)->diags, DIAG_ERROR, (line)->path, (line)->number, 0, __VA_ARGS__)

static bool fields_load(struct line *line, struct fields fields, struct event *event)
{
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.list[i];
		const json_t *value = json_object_get(line->object, field->name);
		if (value == NULL && field->always) {
			line_error(line, "`%s` is missing", field->name);
			return false;
		}
		if (value == NULL && field->type != FIELD_ADDRESS)
			field_set(field, event, field->usual);
		if (value == NULL)
			continue;
		line->used++;
		if (!field_load(field, value, event)) {
			line_error(line, "`%s` is not what it should be", field->name);
			return false;
		}
	}
	return true;
}

static bool data_load(struct line *line, struct event *event)
{
	const json_t *text = json_object_get(line->object, "text"), *data = json_object_get(line->object, "data");
	if (text == NULL && data == NULL)
		return true;
	const json_t *value = text != NULL ? text : data;
	bool good = json_is_string(value) && (text == NULL || data == NULL);
	line->used++;
	if (good && text != NULL)
		text_add(&line->data, json_string_value(value), json_string_length(value));
	else if (good)
		good = base64_decode(&line->data, json_string_value(value), json_string_length(value));
	if (!good || line->data.truncated || line->data.length > TIMELINE_DATA) {
		line_error(line, "`%s` is not what it should be", text != NULL ? "text" : "data");
		return false;
	}
	event->data = (const uint8_t *)line->data.bytes;
	event->data_length = (uint32_t)line->data.length;
	return true;
}

static bool event_load(struct line *line, struct timeline *timeline)
{
	struct event event = {0};
	int64_t kind;
	const char *word = json_string_value(json_object_get(line->object, "kind"));
	if (word == NULL || !word_find(event_kind_words, word, &kind)) {
		line_error(line, "not an event: `kind` is missing or unknown");
		return false;
	}
	event.kind = (enum event_kind)kind;
	const json_t *number = json_object_get(line->object, "number");
	if (!json_is_integer(number) || json_integer_value(number) != (json_int_t)timeline->count) {
		line_error(line, "`number` must be %zu: events are missing or out of order", timeline->count);
		return false;
	}
	line->used = 2;
	if (!fields_load(line, fields_common(), &event) || !fields_load(line, fields_of(event.kind), &event) ||
	    !data_load(line, &event))
		return false;
	if (line->used != json_object_size(line->object)) {
		line_error(line, "a member that an event of kind `%s` does not have", word);
		return false;
	}
	if (timeline_append(timeline, &event) == NULL) {
		line_error(line, "more events or data than a timeline may hold");
		return false;
	}
	return true;
}

static bool line_load(struct line *line, const char *bytes, size_t length, struct timeline *timeline)
{
	json_error_t error;
	json_t *object = json_loadb(bytes, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	bool good = false;
	line->object = object;
	if (object == NULL)
		line_error(line, "not JSON: %s", error.text);
	else if (timeline->truncated)
		line_error(line, "nothing may follow `truncated`");
	else if (json_is_true(json_object_get(object, "truncated")) && json_object_size(object) == 1)
		timeline->truncated = good = true;
	else
		good = event_load(line, timeline);
	json_decref(object);
	text_release(&line->data);
	return good;
}

struct timeline *timeline_load(const char *bytes, size_t length, const char *path, struct diags *diags)
{
	struct timeline *timeline = timeline_create();
	struct line line = {.path = path, .diags = diags};
	for (size_t at = 0; at < length;) {
		const char *end = memchr(bytes + at, '\n', length - at);
		size_t line_length = end != NULL ? (size_t)(end - (bytes + at)) : length - at;
		line.number++;
		if (!line_load(&line, bytes + at, line_length, timeline)) {
			timeline_destroy(timeline);
			return NULL;
		}
		at += line_length + (end != NULL);
	}
	return timeline;
}
