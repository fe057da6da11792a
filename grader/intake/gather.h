/* Private to intake/: files of a submission brought together. */
#pragma once

#include "intake/entries.h"

#include <stdbool.h>

struct gathering {
	struct arena *arena;
	struct diags *diags;
	struct entries names;
	int into;
	size_t files, bytes;
	bool macos; /* litter of macOS was left out */
};

/* Copies a file, or what lies in a folder, below `at` ("": the top).  Links, devices, and names that are not plain are
 * refused by name; litter is left out. */
bool gather(struct gathering *, int from, const char *path, const char *at, unsigned depth);
