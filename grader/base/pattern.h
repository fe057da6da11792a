/* POSIX extended regular expressions (regex(7)) over bytes, of which NUL is one like any other.  Pure. */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* The first match: found[0] the whole, found[1] the first group (-1: it took no part).  False when nothing matches, and
 * for an expression that does not compile. */
bool pattern_find(const char *pattern, const void *bytes, size_t length, regmatch_t found[2]);
