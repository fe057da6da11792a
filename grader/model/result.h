/* Verdicts and what they rest on: the complete result of one run.  What a student may see of it is decided when a
 * report is rendered. */
#pragma once

#include "model/event.h"
#include "model/lifecycle.h"
#include "model/names.h"

struct plan_test;

#define STEP_VERDICTS(X)                                                                                               \
	X(STEP_MET, "met")                                                                                                 \
	X(STEP_UNMET, "unmet")                                                                                             \
	X(STEP_INCONCLUSIVE, "inconclusive")                                                                               \
	X(STEP_NOT_REACHED, "not reached")
NAMES_DECLARE(step_verdict, STEP_VERDICTS)

#define TEST_VERDICTS(X)                                                                                               \
	X(TEST_PASS, "pass")                                                                                               \
	X(TEST_FAIL, "fail")                                                                                               \
	X(TEST_INCONCLUSIVE, "inconclusive")                                                                               \
	X(TEST_SKIPPED, "skipped")                                                                                         \
	X(TEST_ERROR, "error")
NAMES_DECLARE(test_verdict, TEST_VERDICTS)

enum { EVIDENCE_MOST = 6 };

/* Events that show something, by number. */
struct evidence {
	uint32_t events[EVIDENCE_MOST];
	size_t count;
};

/* One step of the spec: the verdict of all lines that it was unrolled into, the worst first. */
struct step_result {
	struct place place;
	const char *text; /* as in the spec */
	const char *actor; /* name; NULL */
	bool expectation;
	enum step_verdict verdict;
	const char *expected, *seen; /* sentences; NULL unless unmet or inconclusive */
	bool by_deadline; /* no evidence could decide it: a time limit did */
	struct evidence evidence;
};

/* A standing rule that was broken. */
struct rule_result {
	enum rule rule;
	const char *actor;
	const char *seen;
	struct evidence evidence;
};

struct finding {
	const char *id; /* row of the findings table */
	const char *test; /* name */
	const char *actor; /* name */
	const char *sentence; /* this case, with its numbers; begins with the source when that is known */
	const char *source; /* where in the student's files: "server.c:41"; NULL */
	bool robustness;
	struct evidence evidence;
};

struct test_result {
	const struct test *test;
	enum test_verdict verdict;
	double points, max_points;
	const char *reason; /* one sentence for a verdict other than pass; NULL */
	const char *under; /* what the grader had made of the circumstances when it did not pass (`vary:`, `faults:`): a
	                    * sentence without its full stop; NULL */
	struct step_result *steps;
	size_t step_count;
	struct rule_result *rules;
	size_t rule_count;
	bool unstable; /* --repeat saw another verdict too */
	unsigned runs; /* how often it ran */
	int64_t duration_ns;
};

struct result {
	const struct spec *spec;
	const char *assignment, *title; /* names */
	const char *submission; /* its folder's name */
	char spec_digest[65], submission_digest[65]; /* SHA-256, hex */
	enum rung rung;
	uint64_t seed;
	const char *student; /* roles: "server", "client", "server, client" */
	struct test_result *tests;
	size_t test_count;
	struct finding *findings; /* a cause once: in the order of the tests */
	size_t finding_count;
	double points, max_points;
	const char *source_note; /* why no lines of the student's source are named where some should be; NULL */
	bool built;
	const char *build_output; /* text; NULL */
};
