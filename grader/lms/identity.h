/* Who is who: the gradebook's students and the platform's users, joined by exact keys only. */
#pragma once

#include "lms/column.h"

/* What the gradebook knows of a student; NULL: not known. */
struct lms_person {
	const char *key, *login, *email, *sis_id;
};

/* The one member that is the person: by SIS id, else by login, else by address (letter case does not count in these
 * two).  NULL with a reason when there is none, or when a key fits several. */
const struct lms_member *identity_match(const struct lms_person *, const struct lms_member *, size_t count,
                                        const char **why);
