/* The register that a system call's result is in; per machine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of a thread at a syscall-exit stop.  False when it cannot be done here. */
bool register_set_result(pid_t tid, int64_t result);
