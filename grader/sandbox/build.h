/* The build of a submission: one command in a box that writes to the submission's folder. */
#pragma once

#include "model/lifecycle.h"
#include "sandbox/mishap.h"

struct post;
struct text;

/* In a process of its own, forked by the keeper: runs the command and writes what build_receive reads to `report`.
 * Returns the process's exit status. */
int build_main(const struct post *, const struct limits *, const char *const *arguments, int report);
/* Waits for it.  False with the mishap when the harness failed; else as keeper_build of box.h. */
bool build_receive(int report, struct text *output, int *status, int *reached, struct mishap *);
