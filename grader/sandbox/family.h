/* The end of everything that a process started, where there is no pid namespace to do it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The calling process must be a child subreaper (prctl(2) PR_SET_CHILD_SUBREAPER), so that orphans become its own
 * children.  Kills and reaps all its descendants; traced ones too.  `user` not (uid_t)-1: nobody else runs as that
 * user, and killing by user ends even a program that forks without pause. */
void family_end(uid_t user);
/* Reaps who has ended; false when there is no child left, and so, for a subreaper, no descendant. */
bool family_reap(void);
/* Kills the children of the calling process that are not among `known`, and all their descendants: what a runner left
 * behind.  Reaps nothing. */
void family_orphans_kill(const pid_t *known, size_t count);
/* Memory of all descendants of the calling process, bytes, what they share counted once.  Exact only when it is more
 * than `interesting_bytes`: else it may be less, for a quick answer. */
uint64_t family_memory(uint64_t interesting_bytes);
