/* Points in time as platforms write them; milliseconds since 1970. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { WHEN_BYTES = 32 };

/* "2026-11-22T14:15:44.541Z": UTC, three decimals.  Returns `into`. */
const char *when_write(int64_t at_ms, char into[static WHEN_BYTES]);
/* ISO 8601 with any number of decimals and a zone (Z, +00:00, +0000, +00; without one: UTC).  False when it is none. */
bool when_read(const char *, int64_t *at_ms);
/* An HTTP-date (RFC 9110, section 5.6.7), the preferred form only. */
bool when_http(const char *, int64_t *at_ms);
