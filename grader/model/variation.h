/* One case of a varied test: where the reference cuts what it sends, and what the student's calls meet.  Flat, so that
 * it can be handed to a runner as it is. */
#pragma once

#include "model/plan.h"
#include "model/setback.h"

struct text;

/* The piece of a send that ends before the byte `at` (from 1), or CUT_JOINS: all of it goes together with the next line's. */
struct cut {
	uint32_t line, at;
};

enum { CUT_JOINS = 0 };

enum { CUTS_MOST = 256, CASE_SETBACKS_MOST = 16 };

struct variation {
	uint32_t number, of; /* from 1; number 1 is the test as it is written */
	uint32_t cut_count, setback_count;
	struct cut cuts[CUTS_MOST]; /* by line, then by place */
	struct setback setbacks[CASE_SETBACKS_MOST];
};

/* What is different in it, in words: "\"hello\\n\" arrives as \"hel\" + \"lo\\n\"". */
void variation_text(struct text *, const struct plan_test *, const struct variation *);
/* The offset behind piece number `piece` (from 0) of what the line sends, `length` bytes; false when the line is not
 * cut. */
bool variation_piece_end(const struct variation *, uint32_t line, size_t piece, size_t length, size_t *end);
/* A send of the reference that may be cut another way: its bytes are known, and no `segments:` says how. */
bool variation_cuts(const struct plan_test *, uint32_t line);
/* Nothing comes between this send and the next line, which is one of the same role to the same other; both fit into one
 * segment. */
bool variation_joins(const struct plan_test *, uint32_t line);
/* In this case it is so. */
bool variation_joined(const struct variation *, uint32_t line);
