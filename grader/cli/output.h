/* Live lines while tests run, and the reports at the end: shared by run, judge and show. */
#pragma once

#include "cli/cli.h"
#include "cli/load.h"
#include "report/format.h"
#include "run/grade.h"
#include "sandbox/host.h"

struct live {
	const struct paint *paint;
	const struct plan *plan;
	enum audience audience;
	struct arena *arena;
	const struct test_run **runs; /* decided, by test */
	bool *running;
	size_t printed; /* tests whose line is out: in the order of the spec */
	bool terminal; /* a line that says what runs now can be taken away again */
	bool shown; /* it stands there */
	bool quiet;
};

/* Hooks of a session that print one line a test, in order, as soon as it and all before it are decided. */
void live_init(struct live *, const struct invocation *, const struct plan *, enum audience, struct session_hooks *);
void live_finish(struct live *);

/* --as, and what is rendered without it. */
bool audience_option(const struct invocation *, bool *given, enum audience *);
/* Probes the host, --rung lowers what it may use.  False after printing what is wrong with the value. */
bool host_option(const struct invocation *, struct host *);
/* The folder that the option's file or folder shall be written to is there; false after printing that it is not. */
bool place_check(const char *option, const char *path);
/* Checks the values of --format NAME=FILE before anything runs; false after printing what is wrong. */
bool formats_check(const struct invocation *);
/* Writes each --format.  False after printing what failed. */
bool formats_write(const struct invocation *, const struct result *, const struct recorded *);
/* Heading aside, everything below the live lines: failing tests in detail, summary. */
void print_details(const struct invocation *, const struct result *, const struct recorded *, enum audience);
/* What diagrams are made of, by test of the result. */
struct recorded *recorded_of(const struct session *, const struct result *, struct arena *);
/* The exit status that a result asks for. */
int result_status(const struct invocation *, const struct result *);
