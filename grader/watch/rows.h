/* Rows of calls that get a thread nowhere: what a spin is made of, and what is told once instead of 50,000 times. */
#pragma once

#include "watch/entry.h"

/* A call with a result that the thread had since it last got anywhere. */
struct turn {
	enum call call;
	int32_t descriptor;
	uint64_t socket;
	int64_t argument, result;
	int64_t value; /* of kill(2): whom; a signal to another process is another call */
	uint64_t count; /* how often */
	uint64_t told; /* how many of these have been emitted */
	uint32_t site; /* of the first one */
};

enum {
	ROW_TURNS = 128, /* different ones; those past it are not counted */
	ROW_IN_HAND = 16384, /* bytes at most; where reads and writes are not followed a thread may have as many */
	ROW_TOLD = 8, /* the first ones are emitted singly, the others as one event with a count */
};

#define NAP_NS 1000000 /* a sleep so short is told no more when it comes again and again */

struct row {
	struct turn turns[ROW_TURNS];
	unsigned used;
	uint64_t longest; /* greatest count */
	int64_t in_hand; /* bytes that the thread has read and not written, as far as that is seen */
	int64_t mark_ns; /* time of the last stop */
	int64_t accounted_ns; /* CPU time and waiting for a CPU, of thread and tracer, at that time */
};

/* Counts a barren return; NULL when the row has no room for it. */
struct turn *row_count(struct row *, const struct entry *, int64_t result);
/* True when the call is one that the row has had ROW_TOLD times: its entry need not be told. */
bool row_expects(const struct row *, const struct entry *);
/* True when the row has had this call with this result ROW_TOLD times. */
bool row_repeats(const struct row *, const struct entry *, int64_t result);
void row_clear(struct row *);
/* The thread has read or written bytes. */
void row_moves(struct row *, enum call, int64_t bytes);
/* How often the call led nowhere.  One that asks or sets something and succeeds may be made a few times for each byte in hand:
 * BufferedInputStream.available() asks the kernel for each byte of its buffer. */
uint64_t turn_weight(const struct row *, const struct turn *);
/* The turn that says best what the thread repeats: the one of the greatest weight, an error or 0 before a success.  NULL when
 * the row is empty. */
const struct turn *row_dominant(const struct row *);
