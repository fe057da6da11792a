#include "peer/shape.h"

#include <stdio.h>

static bool has(const struct segment *segment, unsigned flag)
{
	return (segment->flags & flag) != 0;
}

/* An ACK here is a segment that is nothing else. */
static bool pattern_meets(enum segment_pattern pattern, uint32_t length, const struct segment *segment)
{
	bool syn = has(segment, SEGMENT_SYN), ack = has(segment, SEGMENT_ACK), rst = has(segment, SEGMENT_RST);
	switch (pattern) {
	case PATTERN_SYN:
		return syn && !ack;
	case PATTERN_SYN_ACK:
		return syn && ack;
	case PATTERN_ACK:
		return ack && !rst && segment_space(segment) == 0;
	case PATTERN_FIN:
		return has(segment, SEGMENT_FIN);
	case PATTERN_RST:
		return rst;
	case PATTERN_UNREACHABLE:
		return false; /* of UDP */
	case PATTERN_DATA:
		return segment->length > 0 && (length == 0 || segment->length == length);
	}
	return false;
}

bool shape_meets(const struct shape *shape, int actor, bool incoming, const struct segment *segment)
{
	const struct step *step = shape->step;
	if (shape->done || shape->actor != actor || step->incoming != incoming)
		return false;
	if (step->verb == VERB_REORDER)
		return segment_space(segment) > 0 && !has(segment, SEGMENT_SYN);
	return pattern_meets(step->segment, step->segment_length, segment);
}

const char *shape_words(const struct segment *segment, char into[static SHAPE_WORDS])
{
	bool fin = has(segment, SEGMENT_FIN);
	if (has(segment, SEGMENT_RST))
		snprintf(into, SHAPE_WORDS, "RST");
	else if (has(segment, SEGMENT_SYN))
		snprintf(into, SHAPE_WORDS, has(segment, SEGMENT_ACK) ? "SYN-ACK" : "SYN");
	else if (segment->length > 0)
		snprintf(into, SHAPE_WORDS, "DATA %u%s", segment->length, fin ? " with FIN" : "");
	else
		snprintf(into, SHAPE_WORDS, fin ? "FIN" : "ACK");
	return into;
}
