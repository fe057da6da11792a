/* When to try again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	SCHEDULE_CAP_MS = 300 * 1000,
	SCHEDULE_TRIES = 8, /* attempts of one score in one run */
	SCHEDULE_FAULTS = 3, /* answers 500 to one score in one run */
	RETRY_AFTER_MOST_MS = 3600 * 1000,
};
#define SCHEDULE_GIVE_UP_MS (INT64_C(72) * 3600 * 1000)

/* Full jitter: between 0 and min(cap, step × 2^tries), chosen by `random` (any 64 bits). */
int64_t schedule_backoff(unsigned tries, int64_t step_ms, uint64_t random);
/* A Retry-After value (RFC 9110, section 10.2.3: seconds or an HTTP-date) as milliseconds from now; -1 when it is
 * neither.  A point in the past is 0; what is past RETRY_AFTER_MOST_MS is returned as it is (the caller defers). */
int64_t schedule_retry_after(const char *value, int64_t now_ms);
