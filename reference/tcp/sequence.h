/* Sequence numbers are compared modulo 2^32: RFC 9293, section 3.4.  Numbers more than 2^31 apart have no order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool sequence_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool sequence_at_most(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

/* True when `number` is in [from, to). */
static inline bool sequence_within(uint32_t number, uint32_t from, uint32_t to)
{
	return number - from < to - from;
}

static inline uint32_t sequence_later(uint32_t a, uint32_t b)
{
	return sequence_before(a, b) ? b : a;
}

static inline uint32_t sequence_earlier(uint32_t a, uint32_t b)
{
	return sequence_before(a, b) ? a : b;
}
