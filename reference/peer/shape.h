/* Rules for single segments: which are lost, repeated, kept back, reordered.  Pure. */
#pragma once

#include "model/lifecycle.h"
#include "tcp/segment.h"

enum { SHAPE_ORDER_MOST = 16 }; /* segments that one rule puts in order */

/* A packet that is kept back. */
struct flight {
	uint8_t *packet; /* owned */
	size_t length;
	void *end; /* the caller's */
	bool incoming;
	int64_t due_ns; /* CLOCK_MONOTONIC */
};

struct shape {
	const struct step *step; /* VERB_LOSE, VERB_DUPLICATE, VERB_DELAY or VERB_REORDER */
	int actor;
	bool done;
	struct flight kept[SHAPE_ORDER_MOST]; /* reorder: in the order made */
	size_t kept_count;
};

/* True when the rule is about this segment. */
bool shape_meets(const struct shape *, int actor, bool incoming, const struct segment *);
/* "SYN-ACK", "DATA 3", "DATA 3 with FIN"; written into `into`, which is returned. */
#define SHAPE_WORDS 32
const char *shape_words(const struct segment *, char into[static SHAPE_WORDS]);
