/* Private to intake/: the names of old zips. */
#pragma once

#include <stddef.h>

struct arena;

/* The bytes of code page 437 as UTF-8, in the arena; NULL when they are UTF-8 already, or hold a NUL. */
const char *cp437_decoded(const char *bytes, size_t length, struct arena *);
