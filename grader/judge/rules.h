/* The standing rules: what a student's program must not do in any test, unless `allow:` lifts it. */
#pragma once

#include "model/plan.h"
#include "model/result.h"

struct arena;
struct matcher;
struct story;

/* Fills rules and rule_count of the result, from a story and a matcher that were fed with the whole timeline.  Strings
 * live in `arena`. */
void rules_judge(const struct plan_test *, const struct story *, const struct matcher *, struct arena *,
                 struct test_result *);
