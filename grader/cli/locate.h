/* Which assignment and which submission a command line means. */
#pragma once

#include <stdbool.h>

struct arena;
struct assignment;
struct diags;
struct invocation;

/* The file assignment.yaml of a folder, a file, or a name looked up beside the program's own data; NULL when it is none
 * of these (nothing is printed). */
const char *locate_assignment(const char *given, struct arena *);
/* The same, printing what is wrong and the nearest known name. */
const char *locate_assignment_or_say(const char *given, struct arena *);
/* The positional arguments [ASSIGNMENT] [SUBMISSION]: what is left out is the current folder, if it is one.  False
 * after printing what is wrong. */
bool locate_both(const struct invocation *, const char **assignment, const char **submission);
/* A folder of the assignment, or NULL with errno: its reference solution (reference/ in it, or reference/solutions/NAME
 * beside the assignments; EACCES: installed, for the staff of the host), its starter. */
const char *locate_reference(const struct assignment *, struct arena *);
const char *locate_beside(const struct assignment *, const char *name, struct arena *);
