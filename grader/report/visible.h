/* Who may see what.  A struct view is the only thing that a renderer takes, and view_create the only way to make one from
 * a result: what an audience may not see is not in it, so no format can show it by mistake. */
#pragma once

#include "model/result.h"

struct arena;
struct plan_test;
struct timeline;

#define AUDIENCES(X)                                                                                                   \
	X(AUDIENCE_INSTRUCTOR, "instructor") /* everything */                                                              \
	X(AUDIENCE_STUDENT, "student") /* no hidden test, and of the others what `show:` allows */
NAMES_DECLARE(audience, AUDIENCES)

/* What a test's diagrams and captures are made of.  Both NULL: not at hand, or not for this audience. */
struct recorded {
	const struct plan_test *plan;
	const struct timeline *timeline;
};

struct view {
	enum audience audience;
	bool partial; /* tests were left out: the points are those of the tests shown */
	/* Its spec, tests and findings are copies that point to nothing that was left out; strings are borrowed. */
	struct result result;
	struct recorded *recorded; /* one for each test of the view */
};

/* The view lives in `arena`, strings and timelines in what it was made from.  `recorded` has an entry for each test of
 * the result, or is NULL. */
struct view *view_create(const struct result *, const struct recorded *recorded, enum audience, struct arena *);

/* Whether the audience may see what happened in the test: its steps, its diagram, its recording. */
bool view_details(const struct test *, enum audience);

/* One test of a result that is still being made, as view_create would show it; NULL when the audience may not see it.
 * `result` tells what the tests that it requires came to. */
const struct test_result *view_test(const struct result *, size_t index, enum audience, struct arena *);
/* All events that the test's verdict rests on, each once: what a diagram marks. */
struct evidence view_evidence(const struct view *, const struct test_result *);
