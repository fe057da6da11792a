/* Whom a program runs as, and what it may no longer do. */
#pragma once

#include "sandbox/mishap.h"

#include <stddef.h>
#include <sys/types.h>

/* As root each test runs as a user of this pool, so that RLIMIT_NPROC counts one test only.  The range lies outside
 * those that systemd and the distributions hand out (systemd.io/UIDS-GIDS).  They share one group, by which the built
 * submission is theirs to read and write. */
enum { USER_FIRST = 60800, USER_COUNT = 384, GROUP_POOL = USER_FIRST };
/* A user nobody runs as for longer than a trial: the last of the pool. */
enum { USER_TRIAL = USER_FIRST + USER_COUNT - 1 };
/* Inside a user namespace there is one user. */
enum { USER_INSIDE = 1000 };

/* Takes a free user of the pool, beginning `from` places behind its first; no other keeper on this network namespace of
 * the host has it until the returned descriptor and its copies are closed.  -1 when none is free. */
int user_reserve(unsigned from, uid_t *, struct mishap *);

/* Empties the capability bounding set, for all that is started from here; without CAP_SETPCAP, no_new_privs makes up
 * for it. */
bool bounds_drop(struct mishap *);
/* unshare(CLONE_NEWUSER), with USER_INSIDE standing for whoever calls, and bounds_drop there: a new user namespace has
 * all.  `proc` is an open /proc that shows the caller. */
bool user_namespace_enter(int proc, struct mishap *);
/* Becomes user and group, without other groups, but keeps all capabilities and stays dumpable. */
bool user_become(uid_t, gid_t, struct mishap *);
/* Becomes user and group for good. */
bool user_drop_to(uid_t, gid_t, struct mishap *);
/* The same, dumpable: a user namespace can be made (/proc/self/uid_map is its own). */
bool user_demote(uid_t, gid_t, struct mishap *);
/* Gives up every capability and the way to get one: ambient set, no_new_privs. */
bool privileges_drop(struct mishap *);
/* The same, but keeps one, if it has it. */
bool privileges_drop_all_but(unsigned capability, struct mishap *);
/* The calling thread has this capability (linux/capability.h) in its effective set. */
bool capability_held(unsigned);
