/* The formats of `--format NAME=FILE`: one file each, and one row here. */
#pragma once

#include "report/visible.h"

struct text;

struct format {
	const char *name;
	const char *help; /* one sentence: who reads it */
	enum audience audience; /* whose view it is rendered from, unless the user says otherwise */
	/* `version` is the grader's. */
	void (*write)(struct text *, const struct view *, const char *version);
};

/* Ends with NULL. */
extern const struct format *const formats[];
/* NULL when there is none of that name. */
const struct format *format_find(const char *name);
