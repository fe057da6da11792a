/* What a terminal can show, and text made to fit it: colours, glyphs, widths.  With `colour` off no escape sequence is
 * written; with `unicode` off nothing but ASCII is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text;

struct paint {
	bool colour; /* SGR escape sequences (ECMA-48, 8.3.117), the 16 colours only */
	bool unicode;
	unsigned columns; /* 0: 80 */
};

/* The width that is drawn to: at least 64, at most 120. */
size_t paint_columns(const struct paint *);

/* What a piece of text means; its colour follows. */
enum ink {
	INK_PLAIN,
	INK_STRONG, /* headings */
	INK_DIM, /* what can be passed over */
	INK_GOOD,
	INK_BAD,
	INK_DOUBT, /* a person has to look, or was not run */
	INK_ACTION, /* the grader does it */
	INK_STATE, /* TCP states */
};

enum glyph {
	GLYPH_PASS,
	GLYPH_FAIL,
	GLYPH_SKIPPED,
	GLYPH_REVIEW,
	GLYPH_ERROR,
	GLYPH_NOT_REACHED,
	GLYPH_RUNNING,
	GLYPH_MARK, /* evidence */
	GLYPH_LIFELINE,
	GLYPH_RULE, /* horizontal */
	GLYPH_HEAD_RIGHT,
	GLYPH_HEAD_LEFT,
	GLYPH_SPAN, /* in front of what concerns both sides */
	GLYPH_ELLIPSIS,
	GLYPH_TIMES,
	GLYPH_LAST,
};

/* One column wide, but GLYPH_ELLIPSIS, which is three in ASCII. */
const char *paint_glyph(const struct paint *, enum glyph);
/* The same glyph `times` times. */
void paint_repeat(struct text *, const struct paint *, enum glyph, size_t times);
void paint_spaces(struct text *, size_t times);

void paint_begin(struct text *, const struct paint *, enum ink);
void paint_end(struct text *, const struct paint *, enum ink);
/* `string` in that ink, as it is: for the renderer's own words only. */
void paint_puts(struct text *, const struct paint *, enum ink, const char *string);

/* Text of unknown origin: text_escaped, unquoted, then in ASCII where the terminal wants that.  NULL writes nothing. */
void paint_escaped(struct text *, const struct paint *, const char *string);
/* UTF-8 as it is, or in ASCII where the terminal wants that. */
void paint_fold(struct text *, const struct paint *, const char *utf8);
/* As paint_escaped, cut to `columns` with an ellipsis when it is longer.  Returns the columns written. */
size_t paint_cut(struct text *, const struct paint *, enum ink, const char *string, size_t columns);

/* The bytes of `at` that make the next line of at most `columns`, broken at a space where there is one, else anywhere
 * between two characters.  At least one character.  `*next` is where the line after it begins. */
size_t paint_break(const char *at, size_t columns, const char **next);
/* A paragraph of unknown origin, wrapped to the width: `first` in front of its first line, spaces as wide in front of
 * the others, a line feed behind each.  `first` is the renderer's own and written plain. */
void paint_words(struct text *, const struct paint *, enum ink, const char *first, const char *string);

/* "1,234,567". */
#define COUNT_LENGTH 32
const char *count_text(unsigned long long, char into[static COUNT_LENGTH]);
