/* Bytes that match: what the reference sends where the spec only says how they look. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text;

/* A short text that DATA with this `match` and `until` (NULL: none) takes whole.  False when none was found: then the
 * spec has to give one. */
bool example_make(const char *pattern, const char *until, struct text *example);
/* Whether such DATA takes these bytes, and no fewer. */
bool example_fits(const char *pattern, const char *until, const void *bytes, size_t length);
