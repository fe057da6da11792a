/* A program between fork and execve: everything it loses and is bound to. */
#pragma once

#include "sandbox/box.h"
#include "sandbox/mishap.h"

/* As box_fork of box.h.  `merged`: standard error goes where standard output goes, and program->errors is -1. */
bool program_fork(struct box *, const char *const *arguments, enum watch_level, bool merged, struct box_program *,
                  struct mishap *);
/* The gate is open: waits until the program has memory of its own, if it has not yet. */
void program_moved(struct box *, struct box_program *);
/* What programs have left to the box. */
void program_release(struct box *);
