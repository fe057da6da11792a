/* Limits of everything in a box together: cgroups(7), version 2 where its memory and pids controllers can be used,
 * version 1 as root, else none. */
#pragma once

#include "model/lifecycle.h"
#include "sandbox/mishap.h"

#include <sys/types.h>

enum { CGROUP_PATH = 512 };

struct cgroups {
	int version; /* 0: none can be used */
	char memory[CGROUP_PATH], pids[CGROUP_PATH]; /* folders in which groups are made; version 2: the same */
};

struct cgroup {
	int version;
	char memory[CGROUP_PATH], pids[CGROUP_PATH];
	int folder; /* version 2: for CLONE_INTO_CGROUP; else -1 */
	int locks[2]; /* flock(2) on the folders: somebody is here, in whichever pid namespace */
	int join[2]; /* what a process writes itself into; version 2: the first only */
	uint64_t memory_bytes, processes; /* as set last */
	uint64_t kills, refusals; /* counters when cgroup_limit was called last */
};

/* Looks where groups can be made, by making one; removes what killed keepers left there. */
void cgroups_find(struct cgroups *);
/* False with the mishap; nothing is left then. */
bool cgroup_make(const struct cgroups *, pid_t keeper, unsigned slot, struct cgroup *, struct mishap *);
/* 0 in a limit: none. */
bool cgroup_limit(struct cgroup *, const struct limits *, struct mishap *);
/* Puts the calling process into it. */
bool cgroup_join(const struct cgroup *, struct mishap *);
/* The limit_kind that was reached since cgroup_limit (LIMIT_MEMORY, LIMIT_PROCESSES), or -1. */
int cgroup_reached(const struct cgroup *);
/* False with errno while something is still in it. */
bool cgroup_remove(struct cgroup *);
