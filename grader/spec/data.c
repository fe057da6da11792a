#include "spec/data.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "spec/example.h"
#include "spec/generate.h"
#include "spec/scene.h"
#include "spec/units.h"

#include <string.h>

enum { SOURCE_SHOWN = 40, WRITTEN_SHOWN = 24, KEPT_MOST = 100 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char name_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

static const char *quoted(const struct reader *reader, const void *bytes, size_t length, size_t most)
{
	TEXT_AUTO text = {0};
	text_escaped(&text, bytes, length, most, true);
	return arena_string(reader->arena, text_string(&text));
}

/* True when the text holds {NAME} of a kept name.  A word in braces that nearly is one gets a warning. */
static bool find_names(const struct scene *scene, const struct node *node)
{
	const struct reader *reader = scene->reader;
	const char **names = arena_array(reader->arena, scene->kept_count + 1, sizeof(*names));
	if (scene->kept_count > 0)
		memcpy(names, scene->kept, scene->kept_count * sizeof(*names));
	bool found = false, warned = false;
	for (const char *at = node->text; scene->kept_count > 0 && at < node->text + node->length; at++) {
		size_t length = *at == '{' ? strspn(at + 1, name_bytes) : 0;
		if (length == 0 || length > NAME_MOST || at[1 + length] != '}')
			continue;
		char *name = arena_copy(reader->arena, at + 1, length);
		const char *near = nearest_word(name, names);
		if (near != NULL && strcmp(near, name) == 0)
			found = true;
		else if (near != NULL && !warned)
			reader_warning(reader, node, "{%s} is sent as it stands: nothing was kept as \"%s\" (did you mean {%s}?)",
			               name, name, near);
		warned = warned || near != NULL;
	}
	return found;
}

static bool read_literal(struct scene *scene, const struct node *node, struct data *data)
{
	const struct reader *reader = scene->reader;
	if (node->kind != NODE_SCALAR)
		return reader_error(reader, node, "text was expected, not %s", reader_shown(reader, node));
	/* RFC 768: a datagram may be empty. */
	if (node->length == 0 && scene->transport == TRANSPORT_TCP)
		return reader_error(reader, node, "no bytes at all: a stream has no empty message");
	if (!generate_allow(scene, node, node->length))
		return false;
	data->bytes = (const uint8_t *)node->text;
	data->length = node->length;
	data->uses_names = find_names(scene, node);
	data->source = quoted(reader, node->text, node->length, SOURCE_SHOWN);
	data->written = quoted(reader, node->text, node->length, WRITTEN_SHOWN);
	return !node->broken;
}

static bool read_scalar(struct scene *scene, const struct node *node, const char *verb, enum data_use use,
                        struct data *data)
{
	const struct reader *reader = scene->reader;
	uint64_t size = 0, count = 0;
	bool is_size = node->plain && size_parse(node->text, &size) == UNIT_GOOD;
	if (node_is_null(node))
		return reader_error(reader, node, "\"%s\" needs DATA: text, or a map such as {random: 4KiB}", verb);
	if (is_size && use == DATA_TO_RECEIVE) {
		bool good = generate_any(scene, node, data);
		data->written = node->text;
		return good;
	}
	if (is_size)
		return reader_error(reader, node, "a size, where \"%s\" needs DATA: \"%s\" in quotes, or {random: %s}", verb,
		                    node->text, node->text);
	if (use == DATA_TO_RECEIVE && node->plain && count_parse(node->text, &count))
		return reader_error(reader, node, "a size needs a unit: %sB; text of digits needs quotes: \"%s\"", node->text,
		                    node->text);
	const char *unit =
		node->plain && size_parse(node->text, &size) == UNIT_UNKNOWN ? size_unit_meant(node->text) : NULL;
	if (unit != NULL && use == DATA_TO_RECEIVE)
		return reader_error(reader, node,
		                    "a size has the unit B, KiB, MiB or GiB (did you mean \"%s\"?); as text, \"%s\" "
		                    "needs quotes",
		                    unit, node->text);
	return read_literal(scene, node, data);
}

static bool read_keep(struct scene *scene, const struct node *node, struct data *data)
{
	const struct reader *reader = scene->reader;
	if (!read_text(reader, node, "\"as\"", &data->keep_as))
		return false;
	if (node->length > NAME_MOST || strspn(node->text, letters) == 0 || strspn(node->text, name_bytes) != node->length)
		return reader_error(reader, node, "\"as\" is a name of letters, digits and \"_\", not %s",
		                    reader_shown(reader, node));
	if (scene->kept_count == KEPT_MOST)
		return reader_error(reader, node, "a test keeps at most %d names", KEPT_MOST);
	scene->kept =
		arena_grow(reader->arena, scene->kept, &scene->kept_capacity, scene->kept_count + 1, sizeof(*scene->kept));
	scene->kept[scene->kept_count++] = data->keep_as;
	return true;
}

/* `example:`, what the reference sends for `match`. */
static bool read_example(struct scene *scene, const struct node *node, struct data *data)
{
	struct data *example = arena_alloc(scene->reader->arena, sizeof(*example));
	*example = (struct data){.kind = DATA_BYTES};
	if (!read_literal(scene, node, example))
		return false;
	data->example = example;
	return example->uses_names || example_fits(data->pattern, data->until, example->bytes, example->length) ||
	       reader_error(scene->reader, node, "%s is not what \"match\"%s asks for, from its first to its last byte",
	                    reader_shown(scene->reader, node), data->until != NULL ? " with \"until\"" : "");
}

static bool read_match(struct scene *scene, const struct node *const *fields, struct data *data)
{
	const struct reader *reader = scene->reader;
	data->kind = DATA_PATTERN;
	if (!read_pattern(reader, fields[DATA_KEY_MATCH], "\"match\"", &data->pattern))
		return false;
	const struct node *until = fields[DATA_KEY_UNTIL], *as = fields[DATA_KEY_AS];
	if (until != NULL && !read_pattern(reader, until, "\"until\"", &data->until))
		return false;
	if (as != NULL && !read_keep(scene, as, data))
		return false;
	if (fields[DATA_KEY_EXAMPLE] != NULL && !read_example(scene, fields[DATA_KEY_EXAMPLE], data))
		return false;
	const char *pattern = quoted(reader, data->pattern, strlen(data->pattern), SOURCE_SHOWN);
	const char *shortened = quoted(reader, data->pattern, strlen(data->pattern), WRITTEN_SHOWN);
	data->source = arena_printf(reader->arena, "match %s", pattern);
	const char *end = until != NULL ? quoted(reader, data->until, strlen(data->until), WRITTEN_SHOWN) : "";
	data->written = arena_printf(reader->arena, "{match: %s%s%s%s%s}", shortened, until != NULL ? ", until: " : "", end,
	                             as != NULL ? ", as: " : "", as != NULL ? data->keep_as : "");
	return true;
}

const enum data_key data_company[DATA_COMPANY][2] = {
	{DATA_KEY_SEED, DATA_KEY_RANDOM},
	{DATA_KEY_UNTIL, DATA_KEY_MATCH},
	{DATA_KEY_AS, DATA_KEY_MATCH},
	{DATA_KEY_EXAMPLE, DATA_KEY_MATCH},
};

static bool check_company(const struct reader *reader, const struct node *const *fields, enum data_key source)
{
	bool good = true;
	for (size_t i = 0; i < DATA_COMPANY; i++) {
		if (fields[data_company[i][0]] != NULL && source != data_company[i][1])
			good = reader_error(reader, fields[data_company[i][0]], "\"%s\" goes with \"%s\" only",
			                    data_keys[data_company[i][0]].name, data_keys[data_company[i][1]].name);
	}
	return good;
}

static bool read_source(struct scene *scene, const struct node *const *fields, enum data_key source, struct data *data)
{
	const struct node *node = fields[source];
	switch (source) {
	case DATA_KEY_TEXT:
		return read_literal(scene, node, data);
	case DATA_KEY_HEX:
		return generate_hex(scene, node, data);
	case DATA_KEY_BASE64:
		return generate_base64(scene, node, data);
	case DATA_KEY_FILE:
		return generate_file(scene, node, data);
	case DATA_KEY_RANDOM:
		return generate_random(scene, node, fields[DATA_KEY_SEED], data);
	case DATA_KEY_REPEAT:
		return generate_repeated(scene, node, data);
	case DATA_KEY_LINES:
		return generate_lines(scene, node, data);
	case DATA_KEY_MATCH:
		return read_match(scene, fields, data);
	case DATA_KEY_ANY:
		return generate_any(scene, node, data);
	case DATA_SOURCES:
	case DATA_KEY_UNTIL:
	case DATA_KEY_AS:
	case DATA_KEY_EXAMPLE:
	case DATA_KEYS:
		break;
	}
	return false;
}

static bool read_map(struct scene *scene, const struct node *node, const char *verb, enum data_use use,
                     struct data *data)
{
	const struct reader *reader = scene->reader;
	const struct node *fields[DATA_KEYS];
	size_t errors = reader->diags->errors;
	for (size_t i = 0; i < node->count; i++) {
		for (size_t beside = 0; beside < BESIDE_KEYS; beside++) {
			if (node_is(node->keys[i], beside_keys[beside].name))
				return reader_error(reader, node->keys[i], "\"%s\" stands beside \"%s\", not within its DATA",
				                    beside_keys[beside].name, verb);
		}
	}
	read_fields(reader, node, "DATA", data_keys, DATA_KEYS, fields);
	enum data_key source = DATA_SOURCES;
	for (enum data_key key = 0; key < DATA_SOURCES; key++) {
		if (fields[key] != NULL && source != DATA_SOURCES)
			return reader_error(reader, fields[key], "DATA is either \"%s\" or \"%s\"", data_keys[source].name,
			                    data_keys[key].name);
		if (fields[key] != NULL)
			source = key;
	}
	if (reader->diags->errors != errors || !check_company(reader, fields, source))
		return false;
	if (source == DATA_SOURCES)
		return reader_error(reader, node,
		                    "DATA needs one of text, hex, base64, file, random, repeat, lines, match and any");
	if (use == DATA_TYPED && (source == DATA_KEY_MATCH || source == DATA_KEY_ANY))
		return reader_error(reader, fields[source], "\"%s\" is for what is watched; \"%s\" needs the bytes themselves",
		                    data_keys[source].name, verb);
	if (!read_source(scene, fields, source, data))
		return false;
	bool makes_up = use == DATA_TO_SEND && data->kind != DATA_BYTES && data->example == NULL;
	return !makes_up || generate_example(scene, fields[source], data);
}

bool data_read(struct scene *scene, const struct node *node, const char *verb, enum data_use use, struct data *data)
{
	const struct reader *reader = scene->reader;
	if (node->kind == NODE_SCALAR)
		return read_scalar(scene, node, verb, use, data);
	if (node->kind == NODE_MAP)
		return read_map(scene, node, verb, use, data);
	return reader_error(reader, node, "\"%s\" needs DATA: text or a map, not a list", verb);
}
