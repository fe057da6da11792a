/* `wire:` segments in order. */
#include "spec/steps.h"

#include "base/arena.h"
#include "base/diag.h"
#include "spec/scene.h"
#include "spec/units.h"

#include <ctype.h>
#include <string.h>

struct wire {
	struct scene *scene;
	struct wire_item *items;
	size_t count, capacity;
};

/* "syn_ack" and "SYN+ACK" are "SYN-ACK". */
static bool same_pattern(const char *text, size_t length, const char *pattern)
{
	if (length != strlen(pattern))
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = (char)toupper((unsigned char)text[i]);
		if (c == '_' || c == '+' || c == '/')
			c = '-';
		if (c != pattern[i])
			return false;
	}
	return true;
}

/* The payload bytes of "DATA 6" or "DATA 6B"; false when `text` is neither. */
static bool read_length(const char *text, uint32_t *length)
{
	uint64_t bytes = 0;
	if (*text == '\0')
		return true;
	if (*text != ' ' || (!count_parse(text + 1, &bytes) && size_parse(text + 1, &bytes) != UNIT_GOOD))
		return false;
	*length = (uint32_t)bytes;
	return bytes > 0 && bytes <= 65535;
}

/* Does the transport know such a thing on its way? */
static bool check_transport(const struct scene *scene, const struct node *node, enum segment_pattern pattern)
{
	bool datagrams = scene->transport == TRANSPORT_UDP;
	if (pattern == PATTERN_DATA || (pattern == PATTERN_UNREACHABLE) == datagrams)
		return true;
	return reader_error(scene->reader, node, "%s does not exist over transport: %s: %s", segment_pattern_word(pattern),
	                    transport_word(scene->transport),
	                    datagrams ? "a datagram has no flags; there are DATA, DATA 6 and UNREACHABLE"
	                              : "TCP refuses a connection with RST");
}

bool segment_read(const struct scene *scene, const struct node *node, struct wire_item *item)
{
	const struct reader *reader = scene->reader;
	const char *text = node->kind == NODE_SCALAR && strlen(node->text) == node->length ? node->text : "";
	size_t word = strcspn(text, " ");
	for (size_t i = 0; segment_pattern_words[i] != NULL; i++) {
		if (!same_pattern(text, word, segment_pattern_words[i]))
			continue;
		item->pattern = (enum segment_pattern)i;
		if (!check_transport(scene, node, item->pattern))
			return false;
		if (item->pattern == PATTERN_DATA && !read_length(text + word, &item->length))
			return reader_error(reader, node, "\"DATA\" alone, or with 1 to 65535 bytes as in \"DATA 6\", not %s",
			                    reader_shown(reader, node));
		if (item->pattern == PATTERN_DATA || text[word] == '\0')
			return true;
	}
	if (same_pattern(text, strlen(text), "FIN-ACK") || same_pattern(text, strlen(text), "RST-ACK"))
		return reader_error(reader, node, "write \"%.3s\": a segment that is an ACK as well meets that too", text);
	return reader_error(reader, node,
	                    "no segment is called %s: there are SYN, SYN-ACK, ACK, FIN, RST, DATA and DATA 6%s",
	                    reader_shown(reader, node), reader_suggestion(reader, text, segment_pattern_words));
}

/* A handshake has two parts: the client's SYN, the server's SYN-ACK. */
static bool check_side(const struct scene *scene, const struct node *node, const struct wire_item *item)
{
	enum side side = scene_side(scene, item->actor);
	bool wrong = (item->pattern == PATTERN_SYN && side == SIDE_SERVER) ||
	             (item->pattern == PATTERN_SYN_ACK && side == SIDE_CLIENT);
	/* A simultaneous open lets either side send either (RFC 9293, section 3.5). */
	if (!wrong || item->forbidden || scene->raw)
		return true;
	return reader_error(scene->reader, node, "a %s never sends %s: that is the other side's", side_word(side),
	                    segment_pattern_word(item->pattern));
}

static bool read_pair(struct wire *wire, const struct node *key, const struct node *value, bool forbidden)
{
	struct scene *scene = wire->scene;
	struct wire_item item = {.forbidden = forbidden, .place = {key->line, key->column}};
	int first;
	if (items_count(value) == 0)
		return reader_error(scene->reader, value, "no segment here");
	if (!scene_read_role(scene, key, &item.actor))
		return false;
	size_t members = scene_members(scene, item.actor, &first);
	for (size_t i = 0; i < items_count(value); i++) {
		int role = item.actor;
		item.length = 0;
		if (!segment_read(scene, items_at(value, i), &item) || !check_side(scene, items_at(value, i), &item))
			return false;
		wire->items =
			arena_grow(scene->reader->arena, wire->items, &wire->capacity, wire->count + members, sizeof(*wire->items));
		for (size_t j = 0; j < members; j++) {
			item.actor = first + (int)j;
			wire->items[wire->count++] = item;
		}
		item.actor = role;
	}
	return true;
}

/* A map of ROLE: SEGMENT, in which `not:` holds more of the same. */
static bool read_map(struct wire *wire, const struct node *node, bool forbidden)
{
	const struct reader *reader = wire->scene->reader;
	if (node->kind != NODE_MAP || node->count == 0)
		return reader_error(reader, node, "a segment is ROLE: SEGMENT, such as \"client: SYN\", not %s",
		                    node->kind == NODE_MAP ? "an empty map" : reader_shown(reader, node));
	bool good = true;
	for (size_t i = 0; i < node->count; i++) {
		const struct node *key = node->keys[i], *value = node->values[i];
		if (!node_is(key, "not")) {
			good = read_pair(wire, key, value, forbidden) && good;
			continue;
		}
		if (forbidden)
			good = reader_error(reader, key, "\"not\" within \"not\"");
		else if (items_count(value) == 0)
			good = reader_error(reader, value, "no segment here");
		for (size_t j = 0; !forbidden && j < items_count(value); j++)
			good = read_map(wire, items_at(value, j), true) && good;
	}
	return good;
}

bool wire_read(struct scene *scene, const struct node *value, struct step *step)
{
	struct wire wire = {.scene = scene};
	bool good = true;
	if (value->kind == NODE_SCALAR || items_count(value) == 0)
		return reader_error(scene->reader, value, "\"wire\" is %s, not %s", argument_word(ARGUMENT_WIRE),
		                    value->kind == NODE_SCALAR ? reader_shown(scene->reader, value) : "an empty one");
	for (size_t i = 0; i < items_count(value); i++)
		good = read_map(&wire, items_at(value, i), false) && good;
	step->wire = wire.items;
	step->wire_count = wire.count;
	return good;
}
