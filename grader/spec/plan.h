/* A spec as one assignment sees it: every repeat and group unrolled, every line an action, an expectation or the
 * grader's own. */
#pragma once

#include "model/plan.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct diags;

/* Pure.  `assignment` NULL: no program at all, the reference plays everything.  `student[side]`: the student's program
 * plays that side's roles.  The same arguments give the same plan.  NULL after errors: a student's role without a run
 * command, an other end that is not clear, more than PLAN_LINES lines, a pattern that the reference would have to send.
 * The plan lives in `arena`; spec and assignment are borrowed.
 *
 * A test with `student:` is in the plan only where one of its roles is the student's, and the reference plays the
 * others; with `student` all false every test is.
 *
 * Lines are numbered depth first; a `together` has a number of its own, before its branches.
 *
 * Which kind a line is:
 * - a student's role: every verb is LINE_EXPECTATION, but `stdin` is LINE_HARNESS;
 * - a reference role: listen, connect, accept, send, receive, shutdown, eof, close and reset are LINE_ACTION; silent,
 * idle, alive, exit, stdin, stdout and stderr speak of a program that it has not: LINE_EXPECTATION, to be met at once;
 * - launch, kill, signal, hold, release and wait are LINE_HARNESS, whoever plays the role;
 * - observations are LINE_EXPECTATION, with neither actor nor other end (counts of reference roles are met at once).
 *
 * `other` is set for every verb that has another end, but for `silent` where the actor has several and none is named:
 * that speaks of all its connections. */
struct plan *plan_make(const struct spec *, const struct assignment *, const bool student[2], uint64_t seed,
                       struct arena *, struct diags *);

/* The lines of one test; `plan_test` has test, spec and student set.  False after errors.  `dry`: only to see that it
 * can be unrolled (patterns of reference roles are let through). */
bool plan_unroll(struct plan_test *, bool dry, struct arena *, struct diags *);
