#include "report/pcapng.h"

#include "base/arena.h"
#include "base/text.h"
#include "report/pcapng_frame.h"
#include "report/pcapng_row.h"
#include "timeline/timeline.h"

#include <string.h>

/* Numbers are little-endian, as the section header's magic says. */
enum block { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum option { OPTION_END = 0, OPTION_APPLICATION = 4, OPTION_NAME = 2, OPTION_RESOLUTION = 9 };
enum interface { INTERFACE_SEGMENTS, INTERFACE_CALLS };
enum { LINKTYPE_RAW = 101, LINKTYPE_UPPER_PDU = 252, NANOSECONDS = 9 };
enum pdu_tag {
	TAG_END = 0,
	TAG_DISSECTOR = 12,
	TAG_IPV4_SOURCE = 20,
	TAG_IPV4_DESTINATION = 21,
	TAG_IPV6_SOURCE = 22,
	TAG_IPV6_DESTINATION = 23,
	TAG_PORT_TYPE = 24,
	TAG_SOURCE_PORT = 25,
	TAG_DESTINATION_PORT = 26,
};

static void add16(struct text *out, uint32_t value)
{
	uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
	text_add(out, bytes, sizeof(bytes));
}

static void add32(struct text *out, uint32_t value)
{
	add16(out, value & 0xffff);
	add16(out, value >> 16);
}

static void pad(struct text *out)
{
	text_add(out, "\0\0\0", (4 - out->length % 4) % 4);
}

static void add_option(struct text *out, enum option option, const void *value, uint32_t length)
{
	add16(out, option);
	add16(out, length);
	text_add(out, value, length);
	pad(out);
}

static void add_block(struct text *out, uint32_t type, const struct text *body)
{
	uint32_t length = (uint32_t)body->length + 12;
	add32(out, type);
	add32(out, length);
	text_add(out, body->bytes, body->length);
	add32(out, length);
}

static void add_section(struct text *out)
{
	TEXT_AUTO body = {0};
	add32(&body, 0x1a2b3c4d);
	add16(&body, 1); /* version 1.0 */
	add16(&body, 0);
	add32(&body, UINT32_MAX); /* length of the section: not told */
	add32(&body, UINT32_MAX);
	add_option(&body, OPTION_APPLICATION, "grader", 6);
	add_option(&body, OPTION_END, NULL, 0);
	add_block(out, BLOCK_SECTION, &body);
}

static void add_interface(struct text *out, uint32_t link_type, const char *name)
{
	TEXT_AUTO body = {0};
	const uint8_t resolution = NANOSECONDS;
	add16(&body, link_type);
	add16(&body, 0);
	add32(&body, 0); /* no limit to the captured length */
	add_option(&body, OPTION_NAME, name, (uint32_t)strlen(name));
	add_option(&body, OPTION_RESOLUTION, &resolution, 1);
	add_option(&body, OPTION_END, NULL, 0);
	add_block(out, BLOCK_INTERFACE, &body);
}

static void add_packet(struct text *out, enum interface interface, int64_t time_ns, const struct text *packet,
                       uint32_t whole)
{
	TEXT_AUTO body = {0};
	uint64_t time = time_ns > 0 ? (uint64_t)time_ns : 0;
	add32(&body, interface);
	add32(&body, (uint32_t)(time >> 32));
	add32(&body, (uint32_t)time);
	add32(&body, (uint32_t)packet->length);
	add32(&body, whole);
	text_add(&body, packet->bytes, packet->length);
	pad(&body);
	add_block(out, BLOCK_PACKET, &body);
}

/* Tags and their values are big-endian. */
static void add_tag(struct text *out, enum pdu_tag tag, const void *value, uint32_t length)
{
	uint32_t padded = (length + 3) / 4 * 4;
	uint8_t head[4] = {0, (uint8_t)tag, (uint8_t)(padded >> 8), (uint8_t)padded};
	text_add(out, head, sizeof(head));
	text_add(out, value, length);
	text_add(out, "\0\0\0", padded - length);
}

static void add_tag_number(struct text *out, enum pdu_tag tag, uint32_t number)
{
	uint8_t value[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
	add_tag(out, tag, value, sizeof(value));
}

/* The columns Source and Destination of a row: from the end that does it to the other one. */
static void add_tag_ends(struct text *out, const struct event *ends, int actor, bool datagrams)
{
	enum { PORT_TCP = 2, PORT_UDP = 3, IPV4 = 2 };
	if (ends == NULL || (actor != ends->ends.client && actor != ends->ends.server))
		return;
	bool client = actor == ends->ends.client;
	const struct address *from = client ? &ends->ends.from : &ends->ends.to;
	const struct address *to = client ? &ends->ends.to : &ends->ends.from;
	if (from->family == 0 || from->family != to->family)
		return;
	bool four = from->family == IPV4;
	add_tag(out, four ? TAG_IPV4_SOURCE : TAG_IPV6_SOURCE, from->bytes, four ? 4 : 16);
	add_tag(out, four ? TAG_IPV4_DESTINATION : TAG_IPV6_DESTINATION, to->bytes, four ? 4 : 16);
	add_tag_number(out, TAG_PORT_TYPE, datagrams ? PORT_UDP : PORT_TCP);
	add_tag_number(out, TAG_SOURCE_PORT, from->port);
	add_tag_number(out, TAG_DESTINATION_PORT, to->port);
}

static void add_row(struct text *out, const struct frames *frames, const struct event *event, const struct text *row)
{
	TEXT_AUTO packet = {0};
	add_tag(&packet, TAG_DISSECTOR, "syslog", 6);
	add_tag_ends(&packet, frames_connection(frames, event->connection), event->actor, frames_datagrams(frames));
	add_tag(&packet, TAG_END, NULL, 0);
	text_add(&packet, row->bytes, row->length);
	add_packet(out, INTERFACE_CALLS, event->time_ns, &packet, (uint32_t)packet.length);
}

void pcapng_write(const struct timeline *timeline, struct text *out)
{
	struct arena *arena = arena_create();
	const struct frames *frames = frames_create(timeline, arena);
	const struct call_rows *rows = call_rows_create(timeline, arena);
	add_section(out);
	add_interface(out, LINKTYPE_RAW, "lo");
	add_interface(out, LINKTYPE_UPPER_PDU, "calls");
	for (size_t i = 0; i < timeline->count && !out->truncated; i++) {
		const struct event *event = &timeline->events[i];
		TEXT_AUTO bytes = {0};
		if (event->kind == EVENT_SEGMENT) {
			uint32_t whole = frame_add(frames, event, &bytes);
			add_packet(out, INTERFACE_SEGMENTS, event->time_ns, &bytes, whole);
		} else if (call_row(rows, i, &bytes)) {
			add_row(out, frames, event, &bytes);
		}
	}
	arena_destroy(arena);
}
