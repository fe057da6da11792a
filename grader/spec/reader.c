#include "spec/reader.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"

#include <stdarg.h>
#include <string.h>

enum { SHOWN_BYTES = 40 };

static void add(const struct reader *reader, enum diag_kind kind, const struct node *node, const char *format,
                va_list arguments) __attribute__((format(printf, 4, 0)));

static void add(const struct reader *reader, enum diag_kind kind, const struct node *node, const char *format,
                va_list arguments)
{
	TEXT_AUTO message = {0};
	text_vprintf(&message, format, arguments);
	diags_add(reader->diags, kind, reader->path, node->line, node->column, "%s", text_string(&message));
}

bool reader_error(const struct reader *reader, const struct node *node, const char *format, ...)
{
	if (node->broken)
		return false;
	va_list arguments;
	va_start(arguments, format);
	add(reader, DIAG_ERROR, node, format, arguments);
	va_end(arguments);
	return false;
}

void reader_warning(const struct reader *reader, const struct node *node, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(reader, DIAG_WARNING, node, format, arguments);
	va_end(arguments);
}

const char *reader_shown(const struct reader *reader, const struct node *node)
{
	if (node->kind == NODE_LIST)
		return "a list";
	if (node->kind == NODE_MAP)
		return "a map";
	if (node_is_null(node))
		return "nothing";
	TEXT_AUTO shown = {0};
	text_escaped(&shown, node->text, node->length, SHOWN_BYTES, true);
	return arena_string(reader->arena, text_string(&shown));
}

const char *reader_suggestion(const struct reader *reader, const char *word, const char *const *words)
{
	const char *near = nearest_word(word, words);
	return near == NULL ? "" : arena_printf(reader->arena, " (did you mean \"%s\"?)", near);
}

static const char *const *row_words(const struct reader *reader, const struct key_row *rows, size_t count)
{
	const char **words = arena_array(reader->arena, count + 1, sizeof(*words));
	for (size_t i = 0; i < count; i++)
		words[i] = rows[i].name;
	return words;
}

/* `meant` by row: a key that is none was probably meant to be it. */
static void take_field(const struct reader *reader, const struct node *key, const struct node *value, const char *what,
                       const struct key_row *rows, size_t count, const struct node **values, bool *meant)
{
	for (size_t i = 0; i < count; i++) {
		if (!node_is(key, rows[i].name))
			continue;
		if (values[i] == NULL)
			values[i] = value;
		return;
	}
	const char *const *words = row_words(reader, rows, count);
	const char *near = nearest_word(key->text, words);
	for (size_t i = 0; near != NULL && i < count; i++)
		meant[i] = meant[i] || strcmp(rows[i].name, near) == 0;
	reader_error(reader, key, "%s has no key %s%s", what, reader_shown(reader, key),
	             reader_suggestion(reader, key->text, words));
}

bool read_fields(const struct reader *reader, const struct node *node, const char *what, const struct key_row *rows,
                 size_t count, const struct node **values)
{
	memset(values, 0, count * sizeof(*values));
	if (node->kind != NODE_MAP)
		return reader_error(reader, node, "%s is a map of keys, not %s", what, reader_shown(reader, node));
	bool *meant = arena_array(reader->arena, count, sizeof(*meant));
	for (size_t i = 0; i < node->count; i++)
		take_field(reader, node->keys[i], node->values[i], what, rows, count, values, meant);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].required && values[i] == NULL && !meant[i])
			reader_error(reader, node, "%s needs the key \"%s\"", what, rows[i].name);
	}
	return true;
}

size_t items_count(const struct node *node)
{
	return node->kind == NODE_LIST ? node->count : 1;
}

const struct node *items_at(const struct node *node, size_t index)
{
	return node->kind == NODE_LIST ? node->values[index] : node;
}
