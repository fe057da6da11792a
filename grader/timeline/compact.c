#include "timeline/compact.h"

#include "base/text.h"
#include "timeline/compact_form.h"
#include "timeline/timeline.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Bits of the mask: 0 the data, then the common fields, then the kind's own.  The kind behind the last one, alone: events
 * are missing from here on. */
enum { NUMBER_MOST = 10, ADDRESS_MOST = 1 + 2 + 16 };
_Static_assert(1 + 2 * FIELDS_MOST <= 64, "a mask has 64 bits");

enum { EVENT_MOST = FIELDS_MOST * ADDRESS_MOST };

/* Seven bits to a byte, the low ones first; the high bit says that more follow. */
static size_t number_put(uint8_t *into, uint64_t number)
{
	size_t length = 0;
	for (; number >= 0x80; number >>= 7)
		into[length++] = (uint8_t)(number | 0x80);
	into[length++] = (uint8_t)number;
	return length;
}

/* Small ones of either sign become small. */
static uint64_t folded(uint64_t difference)
{
	return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static uint64_t unfolded(uint64_t number)
{
	return number >> 1 ^ -(number & 1);
}

static size_t address_length(uint8_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static size_t address_put(uint8_t *into, const struct address *address)
{
	size_t length = address_length(address->family);
	into[0] = address->family;
	memcpy(into + 1, &address->port, 2);
	memcpy(into + 3, address->bytes, length);
	return 3 + length;
}

static bool address_same(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->port == b->port && memcmp(a->bytes, b->bytes, address_length(a->family)) == 0;
}

struct writer {
	uint8_t bytes[EVENT_MOST]; /* the differences of one event */
	size_t length;
	uint64_t mask;
};

static void fields_write(struct writer *writer, struct fields fields, const struct event *event,
                         struct compact_last *last, unsigned bit)
{
	for (size_t i = 0; i < fields.count; i++, bit++) {
		const struct field *field = &fields.list[i];
		if (field->type == FIELD_ADDRESS) {
			const struct address *address = field_address(field, event);
			if (address_same(address, &last->addresses[i]))
				continue;
			writer->length += address_put(writer->bytes + writer->length, address);
			last->addresses[i] = *address;
		} else {
			uint64_t value = (uint64_t)field_value(field, event);
			if (value == last->numbers[i])
				continue;
			writer->length += number_put(writer->bytes + writer->length, folded(value - last->numbers[i]));
			last->numbers[i] = value;
		}
		writer->mask |= UINT64_C(1) << bit;
	}
}

static void last_begin(struct compact_last *last, struct fields fields)
{
	for (size_t i = 0; i < fields.count; i++)
		last->numbers[i] = (uint64_t)fields.list[i].usual;
}

void compact_save(const struct timeline *timeline, struct text *out)
{
	enum { KINDS = EVENT_END + 1 };
	struct compact_last common = {0}, own[KINDS] = {0};
	last_begin(&common, fields_common());
	for (size_t kind = 0; kind < KINDS; kind++)
		last_begin(&own[kind], fields_of((enum event_kind)kind));
	for (size_t i = 0; i < timeline->count; i++) {
		const struct event *event = &timeline->events[i];
		struct writer writer;
		writer.length = 0;
		writer.mask = event->data_length > 0;
		struct fields fields = fields_common();
		fields_write(&writer, fields, event, &common, 1);
		fields_write(&writer, fields_of(event->kind), event, &own[event->kind], 1 + (unsigned)fields.count);
		uint8_t head[3 * NUMBER_MOST];
		size_t length = number_put(head, event->kind);
		length += number_put(head + length, writer.mask);
		if (event->data_length > 0)
			length += number_put(head + length, event->data_length);
		text_add(out, head, length);
		text_add(out, writer.bytes, writer.length);
		text_add(out, event->data, event->data_length);
	}
	if (timeline->truncated)
		text_add(out, &(uint8_t){KINDS}, 1);
}

struct reader {
	const uint8_t *at, *end;
};

static bool number_take(struct reader *reader, uint64_t *number)
{
	*number = 0;
	for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
		uint8_t byte = *reader->at++;
		*number |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static bool address_take(struct reader *reader, struct address *address)
{
	size_t left = (size_t)(reader->end - reader->at);
	*address = (struct address){.family = left > 0 ? reader->at[0] : 0};
	size_t length = address_length(address->family);
	if (left < 3 + length || (length == 0 && address->family != 0))
		return false;
	memcpy(&address->port, reader->at + 1, 2);
	memcpy(address->bytes, reader->at + 3, length);
	reader->at += 3 + length;
	return true;
}

/* The value of a field in this event; one that this grader has no place for must be as it usually was. */
static bool value_set(const struct compact_field *field, const struct compact_last *last, size_t index,
                      struct event *event)
{
	int64_t value = (int64_t)last->numbers[index];
	if (field->field == NULL)
		return field->address ? last->addresses[index].family == 0 && last->addresses[index].port == 0
		                      : value == field->usual;
	if (field->address) {
		memcpy((uint8_t *)event + field->field->offset, &last->addresses[index], sizeof(struct address));
		return true;
	}
	if (field->words != NULL && (value < 0 || (size_t)value >= field->word_count))
		return false;
	return field_set(field->field, event, field->words != NULL ? field->words[value] : value);
}

static bool fields_take(struct reader *reader, const struct compact_fields *fields, uint64_t mask,
                        struct compact_last *last, struct event *event)
{
	for (size_t i = 0; i < fields->count; i++, mask >>= 1) {
		const struct compact_field *field = &fields->list[i];
		uint64_t number;
		if ((mask & 1) != 0 && field->address) {
			if (!address_take(reader, &last->addresses[i]))
				return false;
		} else if ((mask & 1) != 0) {
			if (!number_take(reader, &number))
				return false;
			last->numbers[i] += unfolded(number);
		}
		if (!value_set(field, last, i, event))
			return false;
	}
	return true;
}

/* The usual values as they were when it was written. */
static void last_usual(struct compact_last *last, const struct compact_fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		last->numbers[i] = (uint64_t)fields->list[i].usual;
}

static bool event_take(struct reader *reader, const struct compact_form *form, struct compact_last *common,
                       struct compact_last *own, struct timeline *timeline)
{
	uint64_t kind, mask, data = 0;
	if (!number_take(reader, &kind))
		return false;
	if (kind == form->kind_count) {
		timeline->truncated = true;
		return reader->at == reader->end;
	}
	if (kind > form->kind_count || !form->kinds[kind].known || !number_take(reader, &mask) ||
	    ((mask & 1) != 0 && !number_take(reader, &data)))
		return false;
	const struct compact_kind *known = &form->kinds[kind];
	struct event event = known->usual;
	if (mask >> 1 >> form->common.count >> known->fields.count != 0 ||
	    !fields_take(reader, &form->common, mask >> 1, common, &event) ||
	    !fields_take(reader, &known->fields, mask >> 1 >> form->common.count, &own[kind], &event) ||
	    data > (uint64_t)(reader->end - reader->at) || data > TIMELINE_DATA)
		return false;
	event.data = data > 0 ? reader->at : NULL;
	event.data_length = (uint32_t)data;
	reader->at += data;
	return timeline_append(timeline, &event) != NULL;
}

struct timeline *compact_load(const struct compact_form *form, const void *bytes, size_t length)
{
	struct compact_last common = {0}, *own = calloc(form->kind_count + 1, sizeof(*own));
	if (own == NULL)
		abort();
	last_usual(&common, &form->common);
	for (size_t kind = 0; kind < form->kind_count; kind++)
		last_usual(&own[kind], &form->kinds[kind].fields);
	struct timeline *timeline = timeline_create();
	struct reader reader = {bytes, (const uint8_t *)bytes + length};
	bool good = true;
	while (good && reader.at < reader.end)
		good = event_take(&reader, form, &common, own, timeline);
	free(own);
	if (good)
		return timeline;
	timeline_destroy(timeline);
	return NULL;
}
