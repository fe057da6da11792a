/* Who is in the course: a CSV file, and how submissions find their people in it. */
#pragma once

#include "intake/intake.h"

struct person {
	const char *login, *name, *email, *id, *sis_id, *section; /* NULL: not in the file; `id`: the platform's */
	const char *participant; /* "Participant 4711", of one assignment of Moodle */
	const char *keys[4]; /* the name without spaces and marks, in each order; NULL behind the last */
};

struct roster {
	struct person *people;
	size_t count, capacity;
};

/* What a column may be called, in any case, the first word being ours; ends with words[0] NULL. */
struct roster_column {
	const char *words[8];
	const char *help;
};
extern const struct roster_column roster_columns[];

#define ROSTER_BYTES ((size_t)16 << 20)
#define ROSTER_PEOPLE 200000

/* Reads a CSV (RFC 4180; comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252) whose first row names its columns
 * (roster_columns).  False with `diags`; a login or platform's number that two people have is an error, and so is a row with
 * more cells than columns. */
bool roster_read(struct roster *, const char *path, const char *bytes, size_t length, struct arena *, struct diags *);

/* The person of a submission: by login, address or id, else by the whole name.  NULL when nobody, or more than one,
 * fits; *why says which. */
const struct person *roster_find(const struct roster *, const struct intake *, const struct intake_submission *,
                                 const char **why, struct arena *);
/* The person's key in a gradebook: login, else address, else id, else name. */
const char *person_key(const struct person *);
