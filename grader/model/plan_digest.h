/* What a recording depends on, as digests: whether a stored timeline can be judged under a changed spec, or its test has
 * to be played again.  Pure. */
#pragma once

#include "model/plan.h"

/* Lower-case hex of SHA-256 with a NUL behind it. */
enum { PLAN_DIGEST = 65 };

/* Over everything that shapes what is done with the program: roles, commands, limits, what is followed, each action and
 * its data, and of each expectation that it stands there (an event names its line by number).  Points, titles, hints,
 * visibility, allowed rules and what an expectation expects are not in it. */
void plan_actions_digest(const struct plan_test *, const struct assignment *, char into[static PLAN_DIGEST]);
/* The same, and what each expectation expects.  A test that broke off under other expectations has an unfinished
 * timeline. */
void plan_lines_digest(const struct plan_test *, const struct assignment *, char into[static PLAN_DIGEST]);
