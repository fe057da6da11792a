/* What of a timeline becomes a row of the ladder diagram: calls with their results, segments with the states they bring
 * about, what concerns both sides.  Repetitions are folded, start-up and housekeeping calls left out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct evidence;
struct cast;

enum row_kind {
	ROW_CELL, /* the program, or the reference peer, does something: a cell on its side */
	ROW_SEGMENT,
	ROW_STATES, /* states that no segment above brought about */
	ROW_SPAN, /* across both sides */
	ROW_GAP, /* rows were left out */
};

#define ROW_NOTHING UINT32_MAX

struct row {
	enum row_kind kind;
	uint32_t event; /* what it stands for; a number in the timeline */
	uint32_t shown_at; /* the event whose time is shown */
	uint32_t call, returned; /* of a call; ROW_NOTHING */
	uint32_t state[2]; /* by enum end; ROW_NOTHING */
	bool still[2]; /* that end was in the state before: evidence that it has stayed there */
	uint64_t times; /* 1 for once; ROW_GAP: the rows left out */
	uint64_t bytes; /* of folded segments, reads or writes */
	bool marked; /* holds an event named as evidence */
};

struct rows {
	struct row *list; /* in the arena */
	size_t count, capacity;
};

/* All rows of the cast's timeline.  `marked` NULL: none; a marked event always has a row. */
void rows_build(struct rows *, const struct cast *, const struct evidence *marked, struct arena *);
/* Leaves out rows in the middle until at most `most` (at least 8) stay; the marked ones, the first and the last are
 * kept, and ROW_GAP says how many are missing. */
void rows_cap(struct rows *, size_t most, struct arena *);
