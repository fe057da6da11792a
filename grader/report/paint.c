#include "report/paint.h"

#include "base/text.h"
#include "base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t paint_columns(const struct paint *paint)
{
	if (paint->columns == 0)
		return 80;
	return paint->columns < 64 ? 64 : paint->columns > 120 ? 120 : paint->columns;
}

const char *paint_glyph(const struct paint *paint, enum glyph glyph)
{
	static const char *const glyphs[GLYPH_LAST][2] = {
		[GLYPH_PASS] = {"+", "✓"},    [GLYPH_FAIL] = {"x", "✗"},       [GLYPH_SKIPPED] = {"-", "–"},
		[GLYPH_REVIEW] = {"?", "?"},  [GLYPH_ERROR] = {"!", "!"},      [GLYPH_NOT_REACHED] = {".", "·"},
		[GLYPH_RUNNING] = {"o", "◦"}, [GLYPH_MARK] = {">", "►"},       [GLYPH_LIFELINE] = {"|", "│"},
		[GLYPH_RULE] = {"-", "─"},    [GLYPH_HEAD_RIGHT] = {">", "▶"}, [GLYPH_HEAD_LEFT] = {"<", "◀"},
		[GLYPH_SPAN] = {"~", "┄"},    [GLYPH_ELLIPSIS] = {"...", "…"}, [GLYPH_TIMES] = {"x", "×"},
	};
	return glyphs[glyph][paint->unicode];
}

void paint_repeat(struct text *out, const struct paint *paint, enum glyph glyph, size_t times)
{
	for (size_t i = 0; i < times; i++)
		text_puts(out, paint_glyph(paint, glyph));
}

void paint_spaces(struct text *out, size_t times)
{
	for (size_t i = 0; i < times; i++)
		text_add(out, " ", 1);
}

static const char *ink_sequence(enum ink ink)
{
	switch (ink) {
	case INK_PLAIN:
		return "";
	case INK_STRONG:
		return "\x1b[1m";
	case INK_DIM:
		return "\x1b[2m";
	case INK_GOOD:
		return "\x1b[32m";
	case INK_BAD:
		return "\x1b[31m";
	case INK_DOUBT:
		return "\x1b[33m";
	case INK_ACTION:
		return "\x1b[34m";
	case INK_STATE:
		return "\x1b[36m";
	}
	return "";
}

void paint_begin(struct text *out, const struct paint *paint, enum ink ink)
{
	if (paint->colour)
		text_puts(out, ink_sequence(ink));
}

void paint_end(struct text *out, const struct paint *paint, enum ink ink)
{
	if (paint->colour && ink != INK_PLAIN)
		text_puts(out, "\x1b[0m");
}

void paint_puts(struct text *out, const struct paint *paint, enum ink ink, const char *string)
{
	paint_begin(out, paint, ink);
	text_puts(out, string);
	paint_end(out, paint, ink);
}

/* What a specification or this program writes most, in ASCII. */
static const char *fold_character(const char *at, size_t bytes)
{
	static const char *const folds[][2] = {
		{"…", "..."}, {"×", "x"},  {"–", "-"},  {"—", "-"},     {"−", "-"},  {"‘", "'"},  {"’", "'"}, {"“", "\""},
		{"”", "\""},  {"→", "->"}, {"←", "<-"}, {"§", "sec. "}, {"≤", "<="}, {"≥", ">="}, {"µ", "u"}, {"·", "."},
	};
	for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++)
		if (strlen(folds[i][0]) == bytes && memcmp(folds[i][0], at, bytes) == 0)
			return folds[i][1];
	return "?";
}

void paint_fold(struct text *out, const struct paint *paint, const char *utf8)
{
	if (paint->unicode) {
		text_puts(out, utf8);
		return;
	}
	size_t length = strlen(utf8);
	for (size_t i = 0; i < length;) {
		size_t bytes = utf8_valid((const unsigned char *)utf8 + i, length - i);
		if (bytes > 1)
			text_puts(out, fold_character(utf8 + i, bytes));
		else
			text_puts(out, bytes == 1 ? (char[]){utf8[i], '\0'} : "?");
		i += bytes > 0 ? bytes : 1;
	}
}

void paint_escaped(struct text *out, const struct paint *paint, const char *string)
{
	if (string == NULL)
		return;
	TEXT_AUTO escaped = {0};
	text_escaped(&escaped, string, strlen(string), SIZE_MAX, false);
	paint_fold(out, paint, text_string(&escaped));
}

/* Bytes of the longest beginning that takes at most `columns`. */
static size_t fitting_bytes(const char *string, size_t columns)
{
	size_t length = strlen(string), bytes = 0, used = 0;
	while (bytes < length) {
		size_t sequence = utf8_valid((const unsigned char *)string + bytes, length - bytes);
		char one[5] = {0};
		memcpy(one, string + bytes, sequence > 0 ? sequence : 1);
		size_t wide = utf8_columns(one);
		if (used + wide > columns)
			break;
		used += wide;
		bytes += sequence > 0 ? sequence : 1;
	}
	return bytes;
}

size_t paint_cut(struct text *out, const struct paint *paint, enum ink ink, const char *string, size_t columns)
{
	TEXT_AUTO whole = {0};
	paint_escaped(&whole, paint, string);
	const char *words = text_string(&whole);
	size_t wide = utf8_columns(words);
	paint_begin(out, paint, ink);
	if (wide <= columns) {
		text_puts(out, words);
	} else {
		const char *ellipsis = paint_glyph(paint, GLYPH_ELLIPSIS);
		size_t room = columns > utf8_columns(ellipsis) ? columns - utf8_columns(ellipsis) : 0;
		size_t bytes = fitting_bytes(words, room);
		while (bytes > 0 && words[bytes - 1] == ' ')
			bytes--;
		whole.bytes[bytes] = '\0';
		text_puts(out, words);
		text_puts(out, ellipsis);
		wide = utf8_columns(words) + utf8_columns(ellipsis);
	}
	paint_end(out, paint, ink);
	return wide;
}

size_t paint_break(const char *at, size_t columns, const char **next)
{
	size_t bytes = fitting_bytes(at, columns > 0 ? columns : 1);
	if (bytes == 0 && at[0] != '\0') {
		bytes = utf8_valid((const unsigned char *)at, strlen(at));
		bytes = bytes > 0 ? bytes : 1;
	}
	size_t line = bytes;
	if (at[bytes] != '\0' && at[bytes] != ' ') {
		while (line > 0 && at[line - 1] != ' ')
			line--;
		if (line == 0)
			line = bytes;
	}
	*next = at + line;
	while (**next == ' ')
		(*next)++;
	while (line > 1 && at[line - 1] == ' ')
		line--;
	return line;
}

void paint_words(struct text *out, const struct paint *paint, enum ink ink, const char *first, const char *string)
{
	TEXT_AUTO words = {0};
	paint_escaped(&words, paint, string);
	size_t indent = utf8_columns(first), room = paint_columns(paint) - (indent < 40 ? indent : 40);
	const char *at = text_string(&words);
	text_puts(out, first);
	do {
		const char *next;
		size_t bytes = paint_break(at, room, &next);
		paint_begin(out, paint, ink);
		text_add(out, at, bytes);
		paint_end(out, paint, ink);
		text_puts(out, "\n");
		at = next;
		if (*at != '\0')
			paint_spaces(out, indent);
	} while (*at != '\0');
}

const char *count_text(unsigned long long value, char into[static COUNT_LENGTH])
{
	char digits[COUNT_LENGTH];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%llu", value), to = 0;
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			into[to++] = ',';
		into[to++] = digits[i];
	}
	into[to] = '\0';
	return into;
}
