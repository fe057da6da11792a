/* Who is who: the gradebook's students and the platform's users, joined by exact keys only. */
#pragma once

#include "lms/column.h"

struct diags;

/* What the gradebook knows of a student; NULL: not known. */
struct person {
	const char *key, *login, *email, *sis_id;
};

enum { ROSTER_BYTES = 16 << 20, ROSTER_COLUMNS = 64, ROSTER_ROWS = 100000 };

/* The one member that is the person: by SIS id, else by login, else by address (letter case does not count in these
 * two).  NULL with a reason when there is none, or when a key fits several. */
const struct lms_member *identity_match(const struct person *, const struct lms_member *, size_t count,
                                        const char **why);
/* A roster: CSV (RFC 4180, also with semicolons or tabs) whose first line names its columns: login, lms_user_id and, if
 * known, email, sis_id, name.  Adds to the column's members.  False with `diags`. */
bool lms_roster_read(const char *bytes, size_t length, const char *path, struct column *, struct diags *);
