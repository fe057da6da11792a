/* A spec seen from one assignment: who plays each role, every repeat unrolled, every line an action or an
 * expectation.  A pure function of spec, assignment, role choice and seed (spec/plan.h makes it). */
#pragma once

#include "model/assignment.h"
#include "model/lifecycle.h"

struct arena;
struct text;
struct variation;

enum line_kind {
	LINE_ACTION, /* the reference peer does it */
	LINE_HARNESS, /* the grader does it: launch, kill, signal, hold, release, wait, stdin */
	LINE_EXPECTATION,
	LINE_TOGETHER, /* branches, all of which must be decided */
};

struct plan_block;

struct line {
	const struct step *step;
	enum line_kind kind;
	uint32_t number; /* from 0, in the order written: the depth-first order of the unrolled test */
	int actor, other; /* a single actor each (groups are unrolled), or ACTOR_NONE */
	const struct plan_block *branches; /* LINE_TOGETHER */
	size_t branch_count;
};

struct plan_block {
	const struct line *lines;
	size_t count;
};

/* Upper bound of lines of one test after unrolling. */
#define PLAN_LINES 20000

struct plan_test {
	const struct test *test;
	size_t index; /* in the spec */
	const struct spec *spec;
	bool student[2]; /* by enum side */
	struct plan_block lines;
	uint32_t line_count; /* all lines, those in branches included */
	const struct line **by_number; /* line_count of them */
	struct command run[2];
	struct limits limits;
	enum watch_level watch; /* WATCH_CONTROL for a test that moves more than 64 KiB */
	bool virtual_time; /* of the test or the assignment */
	uint16_t port;
	bool port_given; /* every student is told it, so any other would do: of PLAN_PORT_FIRST and those behind it */
	uint64_t seed;
	const struct variation *variation; /* NULL: as it is written */
};

enum { PLAN_PORT_FIRST = 10000, PLAN_PORT_COUNT = 20000 };

struct plan {
	const struct spec *spec;
	const struct assignment *assignment; /* NULL: the reference plays everything */
	struct plan_test *tests; /* those of the spec that are graded here */
	size_t count;
	uint64_t seed;
	bool student[2]; /* by enum side, as asked for; a test may leave one of them to the reference */
};

/* True when a student's program plays the actor. */
bool plan_student(const struct plan_test *, int actor);
/* The line in the words of the spec: "server: {send: \"bye\\n\"}". */
void line_text(struct text *, const struct plan_test *, const struct line *);
