/* What `as: NAME` keeps, and where {NAME} is put in again. */
#include "judge/expect.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

/* Ceiling of what is kept under one name, and of bytes after names were put in. */
enum { KEPT_MOST = 64 * 1024 };
#define EXPANDED_MOST ((size_t)16 << 20)

void keep(struct matcher *matcher, const struct data *data, const uint8_t *bytes, size_t length)
{
	if (data->keep_as == NULL)
		return;
	if (length > KEPT_MOST)
		length = KEPT_MOST;
	struct kept *kept = NULL;
	for (size_t i = 0; i < matcher->kept_count; i++) {
		if (strcmp(matcher->kept[i].name, data->keep_as) == 0)
			kept = &matcher->kept[i];
	}
	if (kept == NULL) {
		matcher->kept = arena_grow(matcher->arena, matcher->kept, &matcher->kept_capacity, matcher->kept_count + 1,
		                           sizeof(struct kept));
		kept = &matcher->kept[matcher->kept_count++];
	}
	kept->name = data->keep_as;
	kept->data = (struct data){.kind = DATA_BYTES, .length = length, .source = data->keep_as};
	kept->data.bytes = (const uint8_t *)arena_copy(matcher->arena, length > 0 ? (const void *)bytes : "", length);
}

const struct data *matcher_kept(const struct matcher *matcher, const char *name)
{
	for (size_t i = 0; i < matcher->kept_count; i++) {
		if (strcmp(matcher->kept[i].name, name) == 0)
			return &matcher->kept[i].data;
	}
	return NULL;
}

bool data_names(const struct data *data, const char *name)
{
	if (name == NULL || data->kind != DATA_BYTES || !data->uses_names)
		return false;
	TEXT_AUTO reference = {0};
	text_printf(&reference, "{%s}", name);
	return memmem(data->bytes, data->length, reference.bytes, reference.length) != NULL;
}

/* The kept value whose {NAME} begins at `at`; *length is that of the whole reference. */
static const struct data *reference_at(const struct matcher *matcher, const struct data *data, size_t at,
                                       size_t *length)
{
	if (data->bytes[at] != '{')
		return NULL;
	for (size_t i = 0; i < matcher->kept_count; i++) {
		size_t name = strlen(matcher->kept[i].name);
		if (data->length - at >= name + 2 && memcmp(data->bytes + at + 1, matcher->kept[i].name, name) == 0 &&
		    data->bytes[at + 1 + name] == '}') {
			*length = name + 2;
			return &matcher->kept[i].data;
		}
	}
	return NULL;
}

const struct data *matcher_expand(struct matcher *matcher, const struct data *data)
{
	if (data->kind != DATA_BYTES || !data->uses_names)
		return data;
	TEXT_AUTO bytes = {.ceiling = EXPANDED_MOST};
	for (size_t i = 0; i < data->length;) {
		size_t length = 0;
		const struct data *value = reference_at(matcher, data, i, &length);
		if (value != NULL) {
			text_add(&bytes, value->bytes, value->length);
			i += length;
		} else {
			text_add(&bytes, data->bytes + i++, 1);
		}
	}
	struct data *expanded = arena_alloc(matcher->arena, sizeof(*expanded));
	*expanded = *data;
	expanded->uses_names = false;
	expanded->length = bytes.length;
	expanded->bytes = (const uint8_t *)arena_copy(matcher->arena, text_string(&bytes), bytes.length);
	return expanded;
}
