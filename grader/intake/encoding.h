/* Private to intake/: lists as spreadsheets save them. */
#pragma once

#include <stddef.h>

struct arena;

/* The same text in UTF-8 without a byte order mark: from UTF-16 where a mark or NULs say so, from Windows-1252 where it is
 * not UTF-8.  What cannot be decoded becomes U+FFFD. */
const char *encoding_utf8(const char *bytes, size_t *length, struct arena *);
