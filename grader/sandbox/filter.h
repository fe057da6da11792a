/* The seccomp filter (seccomp(2)) of a program: which calls its tracer sees, and which the kernel refuses.
 *
 * Seen calls are SECCOMP_RET_TRACE; PTRACE_GET_SYSCALL_INFO says which they are.  Refused ones fail with an errno, as
 * they would on a host without that feature; only a foreign instruction set kills.  What moves data on a socket without
 * being one of the calls of model/event.h (io_uring, io_submit, preadv2) does not exist in the box, so no byte goes
 * unseen; the C library falls back to calls that are followed.  A program may not install a filter of its own: it would
 * hide calls from the tracer. */
#pragma once

#include "model/event.h"
#include "sandbox/mishap.h"

#include <linux/filter.h>
#include <sys/types.h>

enum { FILTER_STEPS = 800, SPARED_MOST = 8 };

struct filter {
	struct sock_filter steps[FILTER_STEPS];
	unsigned short count;
};

/* What a program must be kept from where it shares its process ids and IPC objects with the host. */
struct filter_guard {
	bool shared; /* no pid and ipc namespace of its own */
	pid_t spared[SPARED_MOST]; /* it may not signal these: processes, or groups as negative numbers */
	size_t spared_count;
};

/* `guard` may be NULL: own namespaces. */
void filter_build(struct filter *, enum watch_level, const struct filter_guard *);
/* For the calling thread and what it starts; no_new_privs must be set. */
bool filter_install(const struct filter *, struct mishap *);
/* True when the call stops a program that is watched at this level. */
bool filter_traces(enum call, enum watch_level);
