/* `grader prove --mutants`: bugs put into the reference solution's system calls, and the tests that catch them. */
#pragma once

#include "run/grade.h"

struct paint;

/* Grades the request once for each bug and prints a line for it.  Returns how many bugs no test
 * caught although a peer could see them; -1 when the harness could not. */
int mutants_prove(const struct grade_request *, const struct paint *);
