/* RFC 4648, section 4, with padding. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text;

void base64_encode(struct text *out, const void *bytes, size_t length_bytes);
/* White space is passed over.  False when it is not base64; `out` then holds what came before. */
bool base64_decode(struct text *out, const char *encoded, size_t length_bytes);
