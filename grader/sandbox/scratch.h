/* Where the copies of the submission lie on a host without namespaces: a folder for each keeper in $TMPDIR. */
#pragma once

#include "sandbox/mishap.h"
#include "sandbox/site.h"

/* Makes it, and removes those of keepers that were killed with no time to clean up. */
bool scratch_make(char scratch[static SCRATCH_PATH], struct mishap *);
/* Shows others that it is in use, until the calling process and those it forks from now on have ended. */
void scratch_lock(const char *scratch);
/* Removes the folder of one runner. */
void scratch_remove(const char *scratch, unsigned slot);
