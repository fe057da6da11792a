/* Numbers with units, as text.  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum unit_error {
	UNIT_GOOD,
	UNIT_NOT_A_NUMBER,
	UNIT_MISSING,
	UNIT_UNKNOWN,
	UNIT_TOO_LARGE,
};

/* "4MiB", "1500B": digits and one of B, KiB, MiB, GiB; at most 1 TiB. */
enum unit_error size_parse(const char *, uint64_t *bytes);
/* "200ms", "5s": digits and one of us, ms, s, min; at most a day. */
enum unit_error duration_parse(const char *, int64_t *ns);
/* Digits only. */
bool count_parse(const char *, uint64_t *);
/* The unit that was probably meant ("KiB" for "kB"), or NULL. */
const char *size_unit_meant(const char *size);
