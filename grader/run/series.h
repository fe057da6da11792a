/* The runs of one test: the cases of a varied one, each as often as asked for, then the search for the smallest case
 * that fails.  Pure: it says what to run next and is told what came of it, so that the same verdicts lead to the same
 * runs, whoever finishes first. */
#pragma once

#include "run/cases.h"

#include "model/result.h"

/* Runs that the search for the smallest case may take. */
enum { SHRINK_MOST = 100 };

struct series {
	struct cases cases;
	unsigned repeat;
	uint32_t begun; /* runs of cases */
	uint32_t failing; /* index of the first case known not to pass; cases.count: none */
	uint32_t *open; /* runs of each case that have begun and not ended */
	enum test_verdict *verdicts; /* of each case's first run */
	bool *judged; /* it has one */
	bool unstable;
	bool shrinks, running; /* the search has begun; a run of it is under way */
	struct variation smallest, candidate;
	unsigned stage;
	uint32_t at; /* where in the stage */
	unsigned tried;
	bool done;
	uint32_t kept; /* index of the case whose timeline is kept; cases.count: none yet */
	bool kept_passes;
};

void series_begin(struct series *, const struct plan_test *, unsigned repeat, struct arena *);
/* A run that may begin now; false when none may.  `ticket` names it when it ends. */
bool series_next(struct series *, struct variation *, uint32_t *ticket);
/* A run has ended.  True when its timeline is the one to keep, of those so far. */
bool series_end(struct series *, uint32_t ticket, enum test_verdict);
bool series_done(const struct series *);
/* Those that the verdict rests on, once it is done. */
unsigned series_runs(const struct series *);
