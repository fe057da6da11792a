/* The formats of `--format NAME=FILE`: one file each in report/formats/, and one row here. */
#pragma once

#include "report/visible.h"

struct text;

/* What all tests came to, hidden ones too: what a platform records, whatever its page shows. */
struct format_grade {
	double points, max_points;
	size_t tests;
	size_t review; /* inconclusive or unstable: a person has to look */
	size_t errors; /* the harness could not grade them: there is no score */
	bool passed; /* built, and every test passed */
};

struct format_grade format_grade(const struct result *);
/* From 0 to 1; of tests that give no points, 1 when all passed. */
double format_fraction(const struct format_grade *);

/* What a workflow's environment says about a submission: member of struct format_context, variable. */
#define FORMAT_VARIABLES(X)                                                                                            \
	X(classroom, "CLASSROOM") /* these eight: Classroom 50 */                                                          \
	X(assignment, "ASSIGNMENT")                                                                                        \
	X(assignment_type, "ASSIGNMENT_TYPE")                                                                              \
	X(owner, "OWNER")                                                                                                  \
	X(submission_tag, "SUBMISSION_TAG")                                                                                \
	X(commit_url, "COMMIT_URL")                                                                                        \
	X(release_url, "RELEASE_URL")                                                                                      \
	X(review_url, "REVIEW_URL")                                                                                        \
	X(autolab_problem, "AUTOLAB_PROBLEM") /* the problem that the score is for */

/* What a format may tell beside the result.  Clock and environment were asked by the caller. */
struct format_context {
	const char *version; /* the grader's */
	int64_t created_s; /* since 1970; 0: not told */
	struct format_grade grade;
	/* The instructor's view, for a platform that itself keeps hidden tests from students; NULL: leave them out. */
	const struct view *complete;
#define FORMAT_MEMBER(member, variable) const char *member; /* NULL: not set */
	FORMAT_VARIABLES(FORMAT_MEMBER)
#undef FORMAT_MEMBER
};

struct format {
	const char *name;
	const char *help; /* one sentence: who reads it */
	enum audience audience; /* whose view it is rendered from, unless the user says otherwise */
	bool published; /* a platform shows it to the student: always the student's view, whatever the user says */
	void (*write)(struct text *, const struct view *, const struct format_context *);
};

/* Ends with NULL. */
extern const struct format *const formats[];
/* NULL when there is none of that name. */
const struct format *format_find(const char *name);
