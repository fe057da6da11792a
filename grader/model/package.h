/* Which package has a program that is not installed.  Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text;

/* What a shell, make or env(1) says of a program that it did not find ("make: javac: No such file or directory"), anywhere in
 * `words`: adds "javac is not installed here (package default-jdk-headless)" and returns true.  The package is that of
 * Debian and Ubuntu; of a program that no package is known of, nothing is said.  A carriage return behind the name, as an
 * editor of Windows leaves it in a first line, is told instead. */
bool package_missing(const char *words, size_t length, struct text *);
