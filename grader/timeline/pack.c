#include "timeline/timeline.h"

#include "base/text.h"
#include "timeline/fields.h"

#include <string.h>

/* A record: this, the fields of its kind one behind the other in the table's order, the data. */
struct record {
	uint32_t length; /* of the whole record */
	uint32_t data_length;
	uint32_t number;
	uint16_t kind;
	uint16_t mark;
};

enum { RECORD_MARK = 0xe7e7, RECORD_HEAD_MOST = sizeof(struct record) + FIELDS_MOST * sizeof(struct address) };

static size_t fields_pack(struct fields fields, const struct event *event, uint8_t *into)
{
	size_t length = 0;
	for (size_t i = 0; i < fields.count; i++) {
		size_t size = field_size(&fields.list[i]);
		memcpy(into + length, (const uint8_t *)event + fields.list[i].offset, size);
		length += size;
	}
	return length;
}

void event_pack(const struct event *event, struct text *out)
{
	uint8_t head[RECORD_HEAD_MOST];
	uint32_t data_length = event->data_length <= TIMELINE_DATA ? event->data_length : (uint32_t)TIMELINE_DATA;
	size_t length = sizeof(struct record);
	length += fields_pack(fields_common(), event, head + length);
	length += fields_pack(fields_of(event->kind), event, head + length);
	struct record record = {
		.length = (uint32_t)length + data_length,
		.data_length = data_length,
		.number = event->number,
		.kind = (uint16_t)event->kind,
		.mark = RECORD_MARK,
	};
	memcpy(head, &record, sizeof(record));
	text_add(out, head, length);
	text_add(out, event->data, data_length);
}

static size_t fields_length(struct fields fields)
{
	size_t length = 0;
	for (size_t i = 0; i < fields.count; i++)
		length += field_size(&fields.list[i]);
	return length;
}

static bool fields_unpack(struct fields fields, const uint8_t **at, struct event *event)
{
	bool valid = true;
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.list[i];
		memcpy((uint8_t *)event + field->offset, *at, field_size(field));
		*at += field_size(field);
		valid = field_valid(field, event) && valid;
	}
	return valid;
}

ptrdiff_t event_unpack(const void *bytes, size_t length, struct event *event)
{
	struct record record;
	if (length < sizeof(record))
		return 0;
	memcpy(&record, bytes, sizeof(record));
	if (record.mark != RECORD_MARK || record.kind > EVENT_END || record.data_length > TIMELINE_DATA)
		return -1;
	enum event_kind kind = record.kind;
	size_t head = sizeof(record) + fields_length(fields_common()) + fields_length(fields_of(kind));
	if (record.length != head + record.data_length)
		return -1;
	if (length < record.length)
		return 0;
	*event = (struct event){.number = record.number, .kind = kind, .data_length = record.data_length};
	const uint8_t *at = (const uint8_t *)bytes + sizeof(record);
	bool valid = fields_unpack(fields_common(), &at, event);
	valid = fields_unpack(fields_of(kind), &at, event) && valid;
	if (!valid)
		return -1;
	event->data = record.data_length > 0 ? at : NULL;
	return (ptrdiff_t)record.length;
}
