#include "tcp/reassembly.h"

#include "base/text.h"
#include "tcp/sequence.h"

#include <stdlib.h>
#include <string.h>

void reassembly_release(struct reassembly *ahead)
{
	free(ahead->bytes);
	*ahead = (struct reassembly){0};
}

/* Puts [from, to) among the spans, one with those that it touches. */
static bool span_add(struct reassembly *ahead, struct span span)
{
	size_t first = 0;
	while (first < ahead->count && sequence_before(ahead->spans[first].to, span.from))
		first++;
	size_t behind = first;
	for (; behind < ahead->count && sequence_at_most(ahead->spans[behind].from, span.to); behind++) {
		span.from = sequence_earlier(span.from, ahead->spans[behind].from);
		span.to = sequence_later(span.to, ahead->spans[behind].to);
	}
	if (behind == first && ahead->count == REASSEMBLY_SPANS)
		return false;
	memmove(&ahead->spans[first + 1], &ahead->spans[behind], (ahead->count - behind) * sizeof(struct span));
	ahead->count -= behind - first;
	ahead->spans[first] = span;
	ahead->count++;
	return true;
}

bool reassembly_add(struct reassembly *ahead, uint32_t sequence, const uint8_t *bytes, uint32_t length)
{
	if (length == 0)
		return true;
	if (ahead->bytes == NULL)
		ahead->bytes = malloc(REASSEMBLY_BYTES);
	if (ahead->bytes == NULL || !span_add(ahead, (struct span){sequence, sequence + length}))
		return false;
	for (uint32_t i = 0; i < length; i++)
		ahead->bytes[(sequence + i) % REASSEMBLY_BYTES] = bytes[i];
	return true;
}

void reassembly_take(struct reassembly *ahead, uint32_t *next, struct text *into)
{
	while (ahead->count > 0 && sequence_at_most(ahead->spans[0].from, *next)) {
		while (sequence_before(*next, ahead->spans[0].to)) {
			uint32_t at = *next % REASSEMBLY_BYTES, left = ahead->spans[0].to - *next;
			uint32_t run = left < REASSEMBLY_BYTES - at ? left : REASSEMBLY_BYTES - at;
			text_add(into, ahead->bytes + at, run);
			*next += run;
		}
		ahead->count--;
		memmove(&ahead->spans[0], &ahead->spans[1], ahead->count * sizeof(struct span));
	}
}
