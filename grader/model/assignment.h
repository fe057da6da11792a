/* What a course asks for: which roles the student writes, how the programs are built and started. */
#pragma once

#include "model/lifecycle.h"

/* An argument vector; NULL-terminated.  "{port}" and "{host}" in it stand for the test's. */
struct command {
	const char *const *arguments; /* NULL: none */
};

struct assignment {
	const char *path; /* of assignment.yaml, as given */
	const char *folder; /* that holds it */
	const char *name, *title;
	const char *spec_path; /* resolved against the folder */
	bool student[2]; /* by enum side: the student writes it */
	struct command build; /* arguments NULL: nothing to build.  A string in YAML is ["/bin/sh", "-c", string] */
	struct command run[2]; /* by enum side */
	struct limits limits; /* every field set: defaults filled in */
	bool virtual_time; /* `time: virtual`, of every test that says nothing else */
	uint8_t digest[32]; /* SHA-256 of the file */
};

/* The limits where an assignment says nothing. */
extern const struct limits limits_default;
/* Each field of `over` that is not 0 replaces that of `base`. */
struct limits limits_over(struct limits base, struct limits over);
