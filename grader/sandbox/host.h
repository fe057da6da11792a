/* What this host allows, found out by trying. */
#pragma once

#include "model/event.h"

struct arena;
struct diags;

/* One thing that was tried. */
struct probe {
	const char *name; /* "network namespace" */
	bool works;
	const char *seen; /* what was tried and what came back: "unshare(CLONE_NEWNET): Operation not permitted" */
	const char *lost; /* what cannot be seen or guaranteed without it */
	const char *remedy; /* what to do for it; NULL when it works */
};

struct host {
	bool root; /* effective user 0, and programs run as users of their own */
	bool demoted; /* effective user 0 that can make namespaces only as another user: root is false then */
	bool user_namespace; /* needed (not root) and possible */
	bool namespaces; /* net, pid, mount and ipc can be made (with the user namespace where it is needed) */
	bool overlay; /* overlayfs can be mounted in them */
	bool proc; /* a /proc of the box's own can be mounted in them */
	bool files; /* without namespaces: Landlock keeps programs from files that are not theirs */
	bool tracing; /* ptrace(2) with a seccomp RET_TRACE filter */
	bool capture; /* AF_PACKET sockets (in the new network namespace where there is one) */
	bool diagnosis; /* inet_diag answers */
	enum rung rung;
	struct probe *probes;
	size_t probe_count;
};

/* Tries everything once, in children; changes nothing.  `worst` lowers the rung on purpose (RUNG_A: do not).
 * Strings live in the arena.  Never fails: a probe that cannot even be tried is one that does not work. */
void host_probe(struct host *, enum rung worst, struct arena *);
