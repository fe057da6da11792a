/* A growing buffer of bytes with a ceiling: past it, what is added is dropped and `truncated` is set. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *bytes; /* NUL-terminated behind `length`; NULL while empty */
	size_t length, capacity;
	size_t ceiling; /* bytes; 0: TEXT_CEILING */
	bool truncated;
};

#define TEXT_CEILING ((size_t)256 << 20)

/* A zeroed struct text is an empty one.  text_release leaves it empty again; NULL is allowed. */
void text_release(struct text *);
void text_add(struct text *, const void *bytes, size_t length_bytes);
void text_puts(struct text *, const char *);
void text_printf(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *, const char *format, va_list) __attribute__((format(printf, 2, 0)));
/* The bytes as a C string; "" while empty. */
const char *text_string(const struct text *);

/* Bytes of unknown origin as printable ASCII or UTF-8: control bytes, invalid UTF-8 and direction overrides become
 * \n, \t, \r, \0, \xNN.  At most `most` bytes of input are shown, then "…".  A double quote is escaped when `quoted`,
 * and the whole is put in double quotes. */
void text_escaped(struct text *, const void *bytes, size_t length_bytes, size_t most, bool quoted);

#define TEXT_AUTO __attribute__((cleanup(text_release))) struct text
