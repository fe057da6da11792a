/* Names of source files as compilers write them. */
#pragma once

#include <limits.h>
#include <stdbool.h>

/* Takes "." and ".." and double slashes out of a path.  False when it is too long, or nothing is left. */
bool path_clean(const char *path, char into[static PATH_MAX]);
/* Where the compiler found a file: `path` begins in `folder` (NULL: in none); false when that is no path. */
bool path_whole(const char *path, const char *folder, char into[static PATH_MAX]);
/* What follows `root` in a path below it; NULL. */
const char *path_below(const char *path, const char *root);
/* A place of libraries and run-time systems, or no file at all. */
bool path_foreign(const char *path);
