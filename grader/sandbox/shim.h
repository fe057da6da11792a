/* Pid 1 of a box: it mounts what the test has for itself, then reaps orphans and lives as long as its runner.
 *
 * It is pid 1 so that no student's program is: the kernel does not deliver to pid 1 the signals that it has no handler
 * for (pid_namespaces(7)), SIGPIPE among them.  When it dies the kernel kills everything in the namespace. */
#pragma once

#include "sandbox/mishap.h"

#include <sys/types.h>

struct box_order;
struct post;

struct shim {
	pid_t pid;
	int life; /* it ends when this is closed */
	int view; /* its mount namespace */
};

/* The calling process has a new pid namespace for its children and no child in it yet.  False with the mishap. */
bool shim_start(struct shim *, const struct post *, const struct box_order *, struct mishap *);
/* The next test begins: its time limit counts.  False with the mishap when the shim is no more. */
bool shim_begin(const struct shim *, const struct box_order *, struct mishap *);
/* Kills and reaps all that is in the box; SIGCHLD is blocked.  True when nothing is left in it that was not there at first: no process and no
 * file.  For a runner that traces everything in the box. */
bool shim_clear(struct shim *);
/* Kills and reaps the shim too. */
void shim_end(struct shim *);
