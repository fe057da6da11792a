/* What is tried to find out what a host allows: each try with what came back, as numbers. */
#pragma once

#include "model/names.h"

#include <stdbool.h>

#define TRIALS(X)                                                                                                      \
	X(TRIAL_USER, "user namespace")                                                                                    \
	X(TRIAL_MOUNT, "mount namespace")                                                                                  \
	X(TRIAL_NETWORK, "network namespace")                                                                              \
	X(TRIAL_PID, "pid namespace")                                                                                      \
	X(TRIAL_IPC, "ipc and uts namespaces")                                                                             \
	X(TRIAL_OVERLAY, "overlay file system")                                                                            \
	X(TRIAL_PROC, "a /proc of its own")                                                                                \
	X(TRIAL_FILES, "file rules")                                                                                       \
	X(TRIAL_TRACING, "tracing")                                                                                        \
	X(TRIAL_STATUS, "/proc of other processes")                                                                        \
	X(TRIAL_CAPTURE, "packet capture")                                                                                 \
	X(TRIAL_DIAGNOSIS, "socket states")
NAMES_DECLARE(trial, TRIALS)

enum { TRIALS_COUNT = TRIAL_DIAGNOSIS + 1 };

struct trial_result {
	bool tried, works;
	int error; /* errno; 0: `step` says everything */
	char step[120]; /* what was tried last */
};

/* Who tries. */
enum trier {
	TRIER_USER, /* the caller, not root: in a user namespace */
	TRIER_ROOT, /* root, without one */
	TRIER_DEMOTED, /* another user that root has become, in a user namespace */
};

/* Tries everything in forked children; nothing stays. */
void trials_make(struct trial_result results[static TRIALS_COUNT], enum trier);
