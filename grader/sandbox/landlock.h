/* Which files a program can reach where it has no root folder of its own: landlock(7). */
#pragma once

#include "sandbox/mishap.h"

struct box;

/* The kernel's version of it, 0 when there is none. */
int landlock_version(void);
/* For the calling process and what it starts: reads the system's folders and the toolchains, reads and writes its own
 * folders, and nothing else; from version 6 on it reaches no process and no abstract socket of others either.  True
 * without effect where the kernel has no Landlock; no_new_privs must be set. */
bool landlock_restrict(const struct box *, struct mishap *);
