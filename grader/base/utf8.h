/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing past U+10FFFF. */
#pragma once

#include <stddef.h>

/* Bytes of the valid sequence at `at` (1 to 4), or 0. */
size_t utf8_valid(const unsigned char *at, size_t length_bytes);
/* As utf8_valid, but 0 too for control characters (C0, DEL, C1) and for characters that reorder the text around them
 * (U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069) or end a line (U+2028, U+2029). */
size_t utf8_printable(const unsigned char *at, size_t length_bytes);
/* Columns a terminal gives to the string: one for each character, combining marks not counted. */
size_t utf8_columns(const char *);
