#include "gradebook/quick.h"

#include "base/sha256.h"
#include "base/text.h"
#include "timeline/fields.h"
#include "timeline/timeline.h"

#include <string.h>

static void fields_add(struct sha256 *hash, struct fields fields)
{
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.list[i];
		uint8_t shape[2] = {(uint8_t)field->type, (uint8_t)field_size(field)};
		sha256_add(hash, field->name, strlen(field->name) + 1);
		sha256_add(hash, shape, sizeof(shape));
		for (size_t j = 0; field->words != NULL && field->words[j] != NULL; j++)
			sha256_add(hash, field->words[j], strlen(field->words[j]) + 1);
	}
	sha256_add(hash, "", 1);
}

void quick_form(char into[static QUICK_FORM])
{
	struct sha256 hash;
	uint8_t digest[SHA256_BYTES];
	sha256_begin(&hash);
	fields_add(&hash, fields_common());
	for (size_t kind = 0; event_kind_words[kind] != NULL; kind++) {
		sha256_add(&hash, event_kind_words[kind], strlen(event_kind_words[kind]) + 1);
		fields_add(&hash, fields_of((enum event_kind)kind));
	}
	sha256_end(&hash, digest);
	sha256_hex(digest, into);
}

bool quick_save(const struct timeline *timeline, struct text *text)
{
	for (size_t i = 0; i < timeline->count; i++)
		event_pack(&timeline->events[i], text);
	return !timeline->truncated && !text->truncated;
}

struct timeline *quick_load(const struct text *text)
{
	struct timeline *timeline = timeline_create();
	size_t at = 0;
	while (at < text->length) {
		struct event event;
		ptrdiff_t used = event_unpack(text->bytes + at, text->length - at, &event);
		const struct event *kept = used > 0 ? timeline_append(timeline, &event) : NULL;
		if (kept == NULL || kept->number != event.number) {
			timeline_destroy(timeline);
			return NULL;
		}
		at += (size_t)used;
	}
	return timeline;
}
