/* What a keeper prepared once and its runners inherit by fork. */
#pragma once

#include "model/lifecycle.h"
#include "sandbox/cgroup.h"
#include "sandbox/filter.h"
#include "sandbox/host.h"
#include "sandbox/mishap.h"
#include "sandbox/toolchain.h"

#include <sys/types.h>

enum { SCRATCH_PATH = 256 };

struct site {
	struct host host;
	const char *folder; /* of the submission; absolute, no links */
	int proc; /* the host's /proc (O_PATH): it shows every process of the box by its outer number */
	int view; /* the mount namespace that holds the root of every box; -1 without namespaces */
	struct filter filters[WATCH_NOTHING + 1]; /* by enum watch_level */
	struct toolchains toolchains;
	struct cgroups cgroups;
	char scratch[SCRATCH_PATH]; /* without namespaces: where the copies of the submission lie */
	pid_t grader, keeper;
};

/* What one runner is given by its keeper. */
struct post {
	const struct site *site;
	unsigned slot; /* no two runners of a keeper have the same at a time */
	bool switches_user; /* programs run as `user` and `group`: the keeper is root */
	bool shares_user; /* the runner becomes that user too: root without CAP_SYS_PTRACE can trace no other */
	uid_t user;
	gid_t group;
	struct cgroup *cgroup; /* NULL: none */
};

/* How the box of one test differs from another's. */
struct box_order {
	struct limits limits;
	bool loses; /* segments are lost on purpose */
	bool writable; /* programs write to the submission's folder itself: the build */
};

struct box;
struct box_program;

/* As box_enter and box_fork of box.h, for the keeper's own use (the build). */
struct box *box_make(const struct post *, const struct box_order *, struct mishap *);
bool box_fork_merged(struct box *, const char *const *arguments, struct box_program *, struct mishap *);
/* What box_enter finds its post by, in a runner: the one value of file scope in this room, set once after fork because
 * a runner_body is not handed it.  `keeper`: what box_spent will say is also said by a byte to this socket, before the
 * last test's report ends. */
void box_post(const struct post *, int keeper);
/* This runner can have no further test: its box cannot be used again. */
bool box_spent(void);
