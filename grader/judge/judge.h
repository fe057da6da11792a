/* A test's plan and timeline into its verdict: lines, standing rules, findings, points.  Pure. */
#pragma once

#include "model/plan.h"
#include "model/result.h"
#include "timeline/timeline.h"

struct arena;

/* Fills the result, whatever was in it: a step_result for each step that asks for something, in the order of the spec,
 * those inside together and repeat too.  `timeline` NULL: the test was not run, TEST_SKIPPED; the caller may give a better
 * reason.  Strings live in `arena`, some in the plan. */
void judge_test(const struct plan_test *, const struct timeline *, struct arena *, struct test_result *);

struct findings {
	struct finding *list;
	size_t count, capacity;
};

/* "server.c:41" of the first of the events that stands in a line of the student's source; NULL. */
const char *judge_source(const struct timeline *, const struct evidence *, struct arena *);
/* Appends what the timeline shows of known bugs (judge/findings.h). */
void judge_findings(const struct plan_test *, const struct timeline *, struct arena *, struct findings *);

/* Points, and findings reduced to one for each cause. */
void judge_result(struct result *, struct findings *, struct arena *);
