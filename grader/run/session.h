/* All tests of a plan for one submission: schedules runners, collects their timelines, judges. */
#pragma once

#include "model/plan.h"
#include "model/result.h"
#include "sandbox/box.h"
#include "timeline/timeline.h"

struct arena;
struct diags;
struct keeper;

/* What became of one test. */
struct test_run {
	struct timeline *timeline; /* of the first run, or of the first whose verdict differed; NULL: not run */
	struct test_result result; /* of that timeline */
	const char *failure; /* why the harness could not; NULL */
	bool done;
};

struct session_hooks {
	void *context; /* NULL hooks are not called */
	/* A test began (its runner was started), and a test is decided; called in any order of tests. */
	void (*started)(void *context, size_t index);
	void (*decided)(void *context, size_t index, const struct test_run *);
	/* True: stop now (Ctrl-C); what was decided is kept. */
	bool (*stop)(void *context);
};

struct session_options {
	unsigned jobs; /* tests at once; 0: one for each processor */
	unsigned repeat; /* how often each test runs; 0: once */
	const bool *selected; /* by test index; NULL: all.  What a selected test requires is run too */
	const struct setback *mutation; /* a bug that is put into every program (model/setback.h); NULL */
};

struct session {
	const struct plan *plan;
	struct test_run *tests; /* plan->count of them; in the arena */
	struct arena *arena; /* borrowed */
	bool stopped; /* by the stop hook */
};

/* Plays every test.  False with `diags` only when nothing could be run at all. */
bool session_run(struct session *, const struct plan *, struct keeper *, const struct session_options *,
                 const struct session_hooks *, struct arena *, struct diags *);
/* Releases the timelines. */
void session_release(struct session *);

/* The verdict of a test from its timeline; also for stored ones. */
void session_judge(const struct plan *, size_t index, const struct timeline *, const char *failure, struct arena *,
                   struct test_result *);
