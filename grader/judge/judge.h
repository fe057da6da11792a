/* A test's plan and timeline into its verdict: lines, standing rules, findings, points.  Pure. */
#pragma once

#include "model/plan.h"
#include "model/result.h"
#include "timeline/timeline.h"

struct arena;

/* `timeline` NULL: the test was not run; `skipped_because` names the required test that failed.  `findings` of the test
 * are appended to `result->findings` of the caller by judge_findings.  Strings live in `arena`. */
void judge_test(const struct plan_test *, const struct timeline *, struct arena *, struct test_result *);

struct findings {
	struct finding *list;
	size_t count, capacity;
};

void judge_findings(const struct plan_test *, const struct timeline *, struct arena *, struct findings *);

/* Points, and findings reduced to one for each cause. */
void judge_result(struct result *, struct findings *, struct arena *);
