#include "spec/generate.h"

#include "base/arena.h"
#include "base/base64.h"
#include "base/sha256.h"
#include "base/text.h"
#include "model/describe.h"
#include "base/random.h"
#include "spec/example.h"
#include "spec/scene.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SHOWN = 40 };

bool generate_allow(struct scene *scene, const struct node *node, uint64_t bytes)
{
	if (bytes > DATA_MOST)
		return reader_error(scene->reader, node, "DATA is at most 64 MiB");
	if (bytes > SPEC_DATA_MOST - scene->spec->data_bytes)
		return reader_error(scene->reader, node, "all DATA of a spec are at most 256 MiB together");
	scene->spec->data_bytes += bytes;
	return true;
}

/* Takes over what a text holds. */
static bool take_bytes(struct scene *scene, const struct node *node, const struct text *bytes, struct data *data)
{
	if (bytes->length == 0)
		return reader_error(scene->reader, node, "no bytes at all: a stream has no empty message");
	if (!generate_allow(scene, node, bytes->length))
		return false;
	data->bytes = (const uint8_t *)arena_copy(scene->reader->arena, bytes->bytes, bytes->length);
	data->length = bytes->length;
	return true;
}

static const char *shown(const struct scene *scene, const struct node *node)
{
	TEXT_AUTO text = {0};
	text_escaped(&text, node->text, node->length, NAME_SHOWN, false);
	return arena_string(scene->reader->arena, text_string(&text));
}

/* "256KiB" as people read it: "256 KiB". */
static const char *spaced(const struct scene *scene, const char *size)
{
	int digits = (int)strspn(size, "0123456789");
	return arena_printf(scene->reader->arena, "%.*s %s", digits, size, size + digits);
}

static const char *size_words(const struct scene *scene, uint64_t size)
{
	TEXT_AUTO text = {0};
	size_text(&text, size);
	return arena_string(scene->reader->arena, text_string(&text));
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
	return at == NULL ? -1 : (int)(at - digits);
}

bool generate_hex(struct scene *scene, const struct node *node, struct data *data)
{
	const char *text = NULL;
	if (!read_text(scene->reader, node, "\"hex\"", &text))
		return false;
	TEXT_AUTO bytes = {0};
	int high = -1;
	for (; *text != '\0'; text++) {
		int digit = hex_digit(*text);
		if (strchr(" \t\r\n", *text) != NULL)
			continue;
		if (digit < 0)
			return reader_error(scene->reader, node, "\"hex\" holds pairs of 0 to 9 and a to f, not \"%s\"",
			                    shown(scene, &(struct node){.text = text, .length = 1}));
		if (high < 0) {
			high = digit;
			continue;
		}
		text_add(&bytes, &(char){(char)(high << 4 | digit)}, 1);
		high = -1;
	}
	if (high >= 0)
		return reader_error(scene->reader, node, "\"hex\" holds an odd number of digits");
	data->source = arena_printf(scene->reader->arena, "hex %s", shown(scene, node));
	data->written = arena_printf(scene->reader->arena, "{hex: \"%s\"}", shown(scene, node));
	return take_bytes(scene, node, &bytes, data);
}

bool generate_base64(struct scene *scene, const struct node *node, struct data *data)
{
	const char *encoded = NULL;
	if (!read_text(scene->reader, node, "\"base64\"", &encoded))
		return false;
	TEXT_AUTO bytes = {0};
	if (!base64_decode(&bytes, encoded, node->length))
		return reader_error(scene->reader, node, "\"base64\" is not base64 (RFC 4648, with padding)");
	data->source = arena_printf(scene->reader->arena, "base64 %s", shown(scene, node));
	data->written = arena_printf(scene->reader->arena, "{base64: %s}", shown(scene, node));
	return take_bytes(scene, node, &bytes, data);
}

static bool read_file(const struct spec_source *source, const char *name, struct text *content)
{
	if (source->read_file != NULL)
		return source->read_file(source->context, name, DATA_MOST, content);
	return spec_file_read(source->path, name, DATA_MOST, content);
}

/* The digest takes name and length too: two files cannot trade bytes unseen. */
static void digest_file(struct sha256 *digest, const char *name, const struct text *content)
{
	uint8_t length[8];
	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)((uint64_t)content->length >> (8 * i));
	sha256_add(digest, name, strlen(name) + 1);
	sha256_add(digest, length, sizeof(length));
	sha256_add(digest, content->bytes, content->length);
}

bool generate_file(struct scene *scene, const struct node *node, struct data *data)
{
	const char *name = NULL;
	if (!read_text(scene->reader, node, "\"file\"", &name))
		return false;
	TEXT_AUTO content = {0};
	if (!read_file(scene->spec->source, name, &content)) {
		if (errno == EFBIG)
			return reader_error(scene->reader, node, "the file \"%s\" is larger than 64 MiB", shown(scene, node));
		return reader_error(scene->reader, node, "the file \"%s\" cannot be read: %s", shown(scene, node),
		                    errno == EINVAL ? "it is not a regular file" : strerror(errno));
	}
	digest_file(scene->spec->digest, name, &content);
	data->source = arena_printf(scene->reader->arena, "the file %s", shown(scene, node));
	data->written = arena_printf(scene->reader->arena, "{file: %s}", shown(scene, node));
	return take_bytes(scene, node, &content, data);
}

/* A size of at least one byte. */
static bool read_some(struct scene *scene, const struct node *node, const char *what, uint64_t *size)
{
	if (!read_size(scene->reader, node, what, size))
		return false;
	return *size > 0 || reader_error(scene->reader, node, "%s is more than 0B", what);
}

bool generate_random(struct scene *scene, const struct node *node, const struct node *seed_node, struct data *data)
{
	const struct reader *reader = scene->reader;
	uint64_t size = 0, seed = scene->seed;
	if (!read_some(scene, node, "\"random\"", &size) || !generate_allow(scene, node, size))
		return false;
	if (seed_node != NULL && !read_count(reader, seed_node, "\"seed\"", 0, INT64_MAX, &seed))
		return false;
	uint8_t *bytes = arena_alloc(reader->arena, size);
	random_fill(seed, bytes, size);
	data->bytes = bytes;
	data->length = size;
	const char *words = size_words(scene, size);
	data->source = arena_printf(reader->arena, "random %s", spaced(scene, words));
	data->written = seed_node == NULL
	                    ? arena_printf(reader->arena, "{random: %s}", words)
	                    : arena_printf(reader->arena, "{random: %s, seed: %llu}", words, (unsigned long long)seed);
	return true;
}

bool generate_repeated(struct scene *scene, const struct node *node, struct data *data)
{
	const struct reader *reader = scene->reader;
	const struct node *fields[REPEATED_KEYS];
	if (!read_fields(reader, node, "\"repeat\"", repeated_keys, REPEATED_KEYS, fields))
		return false;
	const struct node *text = fields[REPEATED_TEXT], *times_node = fields[REPEATED_TIMES];
	uint64_t times = 0;
	if (text == NULL || times_node == NULL)
		return false;
	if (text->kind != NODE_SCALAR || text->length == 0)
		return reader_error(reader, text, "\"text\" is text, not %s",
		                    text->kind == NODE_SCALAR ? "nothing" : reader_shown(reader, text));
	if (!read_count(reader, times_node, "\"times\"", 1, DATA_MOST, &times) ||
	    !generate_allow(scene, node, times * text->length))
		return false;
	uint8_t *bytes = arena_array(reader->arena, times, text->length);
	for (uint64_t i = 0; i < times; i++)
		memcpy(bytes + i * text->length, text->text, text->length);
	data->bytes = bytes;
	data->length = times * text->length;
	const char *words = reader_shown(reader, text);
	data->source = arena_printf(reader->arena, "%s %llu times", words, (unsigned long long)times);
	data->written = arena_printf(reader->arena, "{repeat: {text: %s, times: %llu}}", words, (unsigned long long)times);
	return true;
}

/* A number of decimal digits, right-aligned in its field, becomes the next one; `at` is where it begins. */
static char *count_up(char *at, char *end)
{
	char *digit = end - 1;
	while (digit >= at && *digit == '9')
		*digit-- = '0';
	if (digit < at)
		*--at = '0';
	++*digit;
	return at;
}

bool generate_lines(struct scene *scene, const struct node *node, struct data *data)
{
	const struct reader *reader = scene->reader;
	uint64_t count = 0;
	if (!read_count(reader, node, "\"lines\"", 1, 1000000, &count))
		return false;
	TEXT_AUTO bytes = {0};
	char field[] = "       0\n", *end = field + sizeof(field) - 2, *number = end - 1;
	for (uint64_t i = 1; i <= count; i++) {
		number = count_up(number, end);
		text_puts(&bytes, "line ");
		text_puts(&bytes, number);
	}
	data->source = arena_printf(reader->arena, "%llu lines", (unsigned long long)count);
	data->written = arena_printf(reader->arena, "{lines: %llu}", (unsigned long long)count);
	return take_bytes(scene, node, &bytes, data);
}

bool generate_any(struct scene *scene, const struct node *node, struct data *data)
{
	uint64_t size = 0;
	if (!read_some(scene, node, "\"any\"", &size))
		return false;
	if (size > DATA_MOST)
		return reader_error(scene->reader, node, "DATA is at most 64 MiB");
	const char *words = size_words(scene, size);
	data->kind = DATA_ANY;
	data->length = size;
	data->source = arena_printf(scene->reader->arena, "any %s", spaced(scene, words));
	data->written = arena_printf(scene->reader->arena, "{any: %s}", words);
	return true;
}

bool generate_example(struct scene *scene, const struct node *node, struct data *data)
{
	const struct reader *reader = scene->reader;
	TEXT_AUTO text = {.ceiling = DATA_MOST + 1};
	if (data->kind == DATA_ANY) {
		if (!generate_allow(scene, node, data->length))
			return false;
		for (size_t i = 0; i < data->length; i++)
			text_add(&text, &(char){(char)('a' + i % 26)}, 1);
	} else if (!example_make(data->pattern, data->until, &text)) {
		return true;
	}
	struct data *example = arena_alloc(reader->arena, sizeof(*example));
	*example = (struct data){.kind = DATA_BYTES, .length = text.length};
	example->bytes = (const uint8_t *)arena_copy(reader->arena, text.bytes, text.length);
	data->example = example;
	return true;
}
