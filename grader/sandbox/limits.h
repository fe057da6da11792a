/* The limits of one process, setrlimit(2); those of the whole box are in cgroup.h. */
#pragma once

#include "model/lifecycle.h"
#include "sandbox/mishap.h"

/* Sets them for the calling process and what it starts.  `processes` is counted for each user (getrlimit(2)
 * RLIMIT_NPROC): call it when the user, or the user namespace, is the final one.  There is no limit on address space:
 * sanitizers and virtual machines reserve terabytes that they never touch. */
bool limits_apply(const struct limits *, struct mishap *);
/* When memory runs out this process goes first.  `proc` is an open /proc that shows the caller. */
bool limits_offer(int proc, struct mishap *);
