/* A moment in UTC, as ISO 8601 writes it. */
#pragma once

#include <stdint.h>

struct text;

/* "2026-11-22T17:18:26Z" for seconds since 1970 (none before it, none past the year 9999). */
void instant_text(struct text *, int64_t seconds);
