#include "timeline/compact_form.h"

#include "timeline/compact.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/json.h"

#include <jansson.h>
#include <string.h>

enum { KINDS_MOST = 1000, WORDS_MOST = 1000 };

static const char *type_word(enum field_type type)
{
	switch (type) {
	case FIELD_BOOLEAN:
		return "boolean";
	case FIELD_FLAGS:
		return "flags";
	case FIELD_WORD:
		return "word";
	case FIELD_ADDRESS:
		return "address";
	case FIELD_INT16:
	case FIELD_UINT16:
	case FIELD_INT32:
	case FIELD_UINT32:
	case FIELD_INT64:
	case FIELD_UINT64:
		break;
	}
	return "integer";
}

static void fields_describe(struct json *json, struct fields fields)
{
	json_add_array(json, "fields");
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.list[i];
		json_add_object(json, NULL);
		json_add_string(json, "name", field->name);
		json_add_string(json, "type", type_word(field->type));
		if (field->usual != 0)
			json_add_integer(json, "usual", field->usual);
		if (field->type == FIELD_WORD) {
			json_add_array(json, "words");
			for (size_t j = 0; field->words[j] != NULL; j++)
				json_add_string(json, NULL, field->words[j]);
			json_end_array(json);
		}
		json_end_object(json);
	}
	json_end_array(json);
}

void compact_describe(struct text *out)
{
	struct json json = {.out = out};
	json_add_object(&json, NULL);
	json_add_integer(&json, "compact", 1);
	fields_describe(&json, fields_common());
	json_add_array(&json, "kinds");
	for (size_t kind = 0; event_kind_words[kind] != NULL; kind++) {
		json_add_object(&json, NULL);
		json_add_string(&json, "kind", event_kind_words[kind]);
		fields_describe(&json, fields_of((enum event_kind)kind));
		json_end_object(&json);
	}
	json_end_array(&json);
	json_end_object(&json);
}

static bool number_of(const char *const *words, const char *word, int64_t *number)
{
	for (*number = 0; words[*number] != NULL; (*number)++) {
		if (strcmp(words[*number], word) == 0)
			return true;
	}
	return false;
}

static const struct field *field_find(struct fields fields, const char *name, const char *type)
{
	for (size_t i = 0; i < fields.count; i++) {
		if (strcmp(fields.list[i].name, name) == 0)
			return strcmp(type_word(fields.list[i].type), type) == 0 ? &fields.list[i] : NULL;
	}
	return NULL;
}

static bool words_read(const json_t *words, struct compact_field *into, struct arena *arena)
{
	into->word_count = json_array_size(words);
	if (into->word_count == 0 || into->word_count > WORDS_MOST)
		return false;
	int64_t *numbers = arena_array(arena, into->word_count, sizeof(*numbers));
	for (size_t i = 0; i < into->word_count; i++) {
		const char *word = json_string_value(json_array_get(words, i));
		if (word == NULL)
			return false;
		if (into->field == NULL || !number_of(into->field->words, word, &numbers[i]))
			numbers[i] = -1;
	}
	into->words = numbers;
	return true;
}

/* `own`: this grader's fields, of which none may be missing that has no usual value. */
static bool fields_read(const json_t *object, struct fields own, struct compact_fields *into, bool *whole,
                        struct arena *arena)
{
	const json_t *list = json_object_get(object, "fields");
	into->count = json_array_size(list);
	if (!json_is_array(list) || into->count > FIELDS_MOST)
		return false;
	size_t always = 0, found = 0;
	for (size_t i = 0; i < own.count; i++)
		always += own.list[i].always;
	for (size_t i = 0; i < into->count; i++) {
		const json_t *each = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(each, "name"));
		const char *type = json_string_value(json_object_get(each, "type"));
		if (name == NULL || type == NULL)
			return false;
		struct compact_field *field = &into->list[i];
		field->field = field_find(own, name, type);
		field->address = strcmp(type, "address") == 0;
		field->usual = json_integer_value(json_object_get(each, "usual"));
		found += field->field != NULL && field->field->always;
		if (strcmp(type, "word") == 0 && !words_read(json_object_get(each, "words"), field, arena))
			return false;
	}
	*whole = found == always;
	return true;
}

static void usual_set(struct fields fields, struct event *event)
{
	for (size_t i = 0; i < fields.count; i++) {
		if (fields.list[i].type != FIELD_ADDRESS)
			field_set(&fields.list[i], event, fields.list[i].usual);
	}
}

static bool kind_read(const json_t *object, struct compact_kind *kind, bool common, struct arena *arena)
{
	const char *word = json_string_value(json_object_get(object, "kind"));
	int64_t number = 0;
	if (word == NULL)
		return false;
	kind->known = number_of(event_kind_words, word, &number);
	kind->usual.kind = (enum event_kind)number;
	struct fields own = kind->known ? fields_of(kind->usual.kind) : (struct fields){NULL, 0};
	usual_set(fields_common(), &kind->usual);
	usual_set(own, &kind->usual);
	bool whole = true;
	if (!fields_read(object, own, &kind->fields, &whole, arena))
		return false;
	kind->known = kind->known && whole && common;
	return true;
}

static bool form_read(const json_t *object, struct compact_form *form, struct arena *arena)
{
	const json_t *kinds = json_object_get(object, "kinds");
	bool common = true;
	form->kind_count = json_array_size(kinds);
	if (json_integer_value(json_object_get(object, "compact")) != 1 || form->kind_count > KINDS_MOST ||
	    !fields_read(object, fields_common(), &form->common, &common, arena))
		return false;
	form->kinds = arena_array(arena, form->kind_count + 1, sizeof(*form->kinds));
	for (size_t i = 0; i < form->kind_count; i++) {
		if (!kind_read(json_array_get(kinds, i), &form->kinds[i], common, arena))
			return false;
	}
	return true;
}

struct compact_form *compact_form_read(const char *description, size_t length, struct arena *arena, struct diags *diags)
{
	struct compact_form *form = arena_alloc(arena, sizeof(*form));
	json_t *object = json_loadb(description, length, JSON_REJECT_DUPLICATES, NULL);
	bool good = form_read(object, form, arena);
	json_decref(object);
	if (!good)
		diags_error(diags, "what says how recordings are to be read is damaged, or a newer grader's");
	return good ? form : NULL;
}
