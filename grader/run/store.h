/* A kept run: everything that judging it again needs, and what people want to look at. */
#pragma once

#include "run/grade.h"

struct arena;
struct diags;
struct text;

/* What run.json says. */
struct stored_run {
	const char *folder;
	const char *assignment_path; /* folder/assignment.yaml */
	const char *spec_path; /* folder/spec.yaml */
	bool student[2]; /* by enum side */
	uint64_t seed;
	enum rung rung;
	const char *submission;
	char submission_digest[65];
	bool built;
	const char *build_output;
};

/* The bytes of each file of a kept run that the caller has at hand. */
struct store_parts {
	const struct text *result_json;
	/* As they were read; `assignment` may be empty.  Both NULL: the run is for somebody who may not see the whole spec, and
	 * cannot be judged again. */
	const struct text *spec, *assignment;
	/* Whether the recording of a test is kept; NULL: of each. */
	bool (*keeps)(const struct test *);
	/* Writes a capture of one timeline; NULL: none is kept. */
	void (*capture)(const struct timeline *, struct text *);
	/* Files that DATA of the spec names, as (name, bytes) pairs. */
	const struct store_file {
		const char *name;
		const struct text *bytes;
	} * files;
	size_t file_count;
};

/* Writes the run under a temporary name beside `folder` and renames it.  A former kept run of that name is replaced; any
 * other non-empty folder is an error.  False with `diags`; nothing is left then. */
bool store_write(const char *folder, const struct grade *, const struct store_parts *, struct arena *, struct diags *);
/* False with `diags` when the folder holds no kept run. */
bool store_open(const char *folder, struct stored_run *, struct arena *, struct diags *);
/* The stored timeline of a test, or NULL: there is none (it was not run), or it is damaged (then `diags` says so). */
struct timeline *store_timeline(const struct stored_run *, const char *test, struct diags *);
/* A stored copy of a `file:` of the spec: reader for struct spec_source, `context` is the struct stored_run. */
bool store_file_read(void *context, const char *name, size_t most_bytes, struct text *content);
