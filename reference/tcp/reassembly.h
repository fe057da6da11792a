/* Bytes that arrived ahead of a gap (RFC 9293, section 3.10.7.4: segments with higher beginning sequence numbers may be
 * held for later processing).  Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

/* No window without scaling is larger: RFC 9293, section 3.1. */
enum { REASSEMBLY_BYTES = 65536, REASSEMBLY_SPANS = 64 };

struct span {
	uint32_t from, to; /* sequence numbers, [from, to) */
};

struct reassembly {
	uint8_t *bytes; /* REASSEMBLY_BYTES, by sequence number modulo their count; NULL until there is a gap */
	struct span spans[REASSEMBLY_SPANS]; /* in order, never touching */
	size_t count;
};

/* A zeroed one is empty; released, it is again. */
void reassembly_release(struct reassembly *);
/* Keeps bytes that begin at `sequence`; all of them lie within REASSEMBLY_BYTES of `next`, the first missing number.
 * False when there are too many gaps: the bytes are to come again. */
bool reassembly_add(struct reassembly *, uint32_t sequence, const uint8_t *bytes, uint32_t length);
/* Moves what continues at `*next` to `into`, and `*next` with it. */
void reassembly_take(struct reassembly *, uint32_t *next, struct text *into);
