/* Can a program be followed, and looked at in /proc, the way the tracer does it? */
#pragma once

#include <stdbool.h>

struct trial_result;

/* `proc` is an open /proc that shows the caller. */
void trace_trials(int proc, bool root, struct trial_result *tracing, struct trial_result *status);
