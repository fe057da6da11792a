/* Where the code of an address was written, as a program's own tables have it. */
#pragma once

#include <stdbool.h>

struct code_place {
	const char *path; /* of the file, as the compiler named it */
	const char *folder; /* where that path begins; NULL: it needs none */
	int line; /* 0: not known */
	const char *function; /* that it stands in; NULL: not known */
	const char *function_path; /* the file that the function begins in */
	int function_line; /* where; 0: not known */
};

/* One place, inside out: the line itself, then those that what was inlined there was called from.  Strings live as long as
 * the call.  True ends the search. */
typedef bool (*code_place_seen)(void *context, const struct code_place *);
