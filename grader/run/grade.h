/* One submission from its folder to its result: copy, build, play every test, judge. */
#pragma once

#include "run/session.h"
#include "run/submission.h"

#include "model/plan.h"
#include "model/result.h"
#include "sandbox/host.h"

struct grade_request {
	const struct host *host;
	const struct plan *plan;
	const struct assignment *assignment; /* NULL: the reference plays everything, nothing is built */
	const char *submission; /* a folder or file; NULL with assignment NULL */
	struct submission *copied; /* its copy, where there is one: it becomes the grade's, whatever comes of it; NULL */
	const char *fallback; /* folder whose Makefile stands in for a missing one; NULL */
	struct session_options options;
	struct session_hooks hooks;
	/* The build began; NULL is not called. */
	void (*building)(void *context);
};

struct grade {
	struct submission submission;
	struct session session;
	struct result result; /* complete */
};

/* False with `diags` when the harness could not grade; a submission that does not build is graded (result.built). */
bool grade_submission(struct grade *, const struct grade_request *, struct arena *, struct diags *);
/* Removes what was copied and releases the timelines. */
void grade_release(struct grade *);

/* The result of a session: judged tests, findings, points.  Also for stored timelines. */
void grade_result(struct result *, const struct session *, const struct assignment *, struct arena *);
