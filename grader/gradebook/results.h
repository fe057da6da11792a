/* Runs (what some bytes did under some spec) and results (what a student got). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct book;
struct diags;
struct text;
struct timeline;

/* Two runs with equal keys would come to the same: the second is never played.  Digests are SHA-256 in hex. */
struct run_key {
	const char *assignment; /* name */
	const char *submission, *spec, *definition; /* digests; `definition` is assignment.yaml's */
	const char *version, *rung;
	uint64_t seed;
};

/* The timeline of one test. */
struct recording {
	const char *test;
	char actions[65], lines[65]; /* what it depends on (model/plan_digest.h) */
	const struct timeline *timeline; /* to be stored; NULL where it was read: book_timeline has it */
};

struct submission_file {
	const char *path; /* in the submission */
	bool executable;
	const struct text *bytes;
};

struct run_record {
	struct run_key key;
	double points, max_points;
	const struct text *result; /* result.json */
	const struct recording *recordings;
	size_t recording_count;
	int64_t recorded; /* the run whose recordings it was judged from; 0: it has its own */
	/* The submission's files, stored once for each digest; none when it is stored already. */
	const struct submission_file *files;
	size_t file_count;
};

/* What a student got.  Exactly one of `run`, `record` and `failure` says what it rests on. */
struct result_record {
	const char *student; /* must be in the book */
	const char *assignment; /* name */
	const char *folder; /* as it was handed in: the name of its folder or file */
	bool late;
	int64_t run; /* a stored run; 0 */
	const struct run_record *record; /* a new run; NULL.  One with the same key that is there by now is taken instead */
	const char *failure; /* why the grader could not grade: staff has to look; no score; NULL */
	const char *review; /* why a person has to look at the score before it is posted; NULL */
	const char *column; /* of the learning platform; NULL: nothing is to be posted */
	const char *comment; /* for the student; NULL */
	const char *notes; /* what was done to the submission before: a sentence on each line; NULL */
	bool regraded;
};

/* The assignment by its name, made when it is not there. */
bool book_assignment_put(struct book *, const char *name, const char *title, struct diags *);
/* The bytes behind a digest, stored once.  `name` is "" for the file itself, else one that a spec's data name. */
bool book_definition_put(struct book *, const char *digest, const char *name, const struct text *bytes, struct diags *);

/* 1 with *run; 0 when there is none; -1 with `diags`. */
int book_run_find(struct book *, const struct run_key *, int64_t *run, struct diags *);
/* Run, result, score in the outbox and audit line: all of it, or nothing.  No result is added
 * when the student's newest is the very same; its score is, when the column has none of it.  False with `diags`. */
bool book_result_add(struct book *, const struct result_record *, int64_t now_ms, struct diags *);

/* A result as stored.  Strings live in the caller's arena. */
struct stored_result {
	int64_t id, run, at_ms; /* run 0: could not be graded */
	const char *student, *name, *assignment, *folder;
	bool late;
	const char *failure, *review, *notes;
	double points, max_points;
	struct run_key key; /* of the run */
	int64_t recorded; /* the run that holds its recordings */
};

/* Ordered by assignment, student, id.  `assignment`, `student` NULL: all.  `newest`: only the one that counts. */
bool book_results(struct book *, const char *assignment, const char *student, bool newest, struct stored_result **,
                  size_t *count, struct arena *, struct diags *);
/* result.json of a run. */
bool book_run_result(struct book *, int64_t run, struct text *, struct diags *);

/* What one recording of a run depends on.  1; 0 when the test has none; -1 with `diags`. */
int book_recording(struct book *, int64_t run, const char *test, struct recording *, struct diags *);
/* The timeline of a recording that is there; the caller destroys it.  NULL with `diags`. */
struct timeline *book_timeline(struct book *, int64_t run, const char *test, struct diags *);
/* Writes a stored submission's files into the empty folder. */
bool book_submission_write(struct book *, const char *digest, const char *folder, struct diags *);
bool book_submission_stored(struct book *, const char *digest, bool *stored, struct diags *);

/* A batch is noted when it begins and when it has gone through every submission. */
bool book_batch_begin(struct book *, const char *assignment, const char *source, const char *options, const char *spec,
                      int64_t now_ms, int64_t *batch, struct diags *);
bool book_batch_finish(struct book *, int64_t batch, int64_t now_ms, struct diags *);
struct stored_batch {
	int64_t id, at_ms; /* when it began */
	const char *source, *options; /* NULL: an older book's, which does not say */
};
/* The newest batch of the assignment that was not finished: 1; 0; -1 with `diags`. */
int book_batch_open(struct book *, const char *assignment, struct stored_batch *, struct arena *, struct diags *);
