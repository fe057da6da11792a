/* A process that reads what somebody else made, and can do no harm whatever that is. */
#pragma once

#include <stddef.h>

/* The calling process may from now on compute, read and write the descriptors `kept` (in any order; -1 is none), and
 * nothing else: all others are closed, so that whoever takes it over cannot speak in its parent's name.  It writes no
 * file, and ends after `seconds` of CPU time or with 1 GiB of memory.  Ends the process when that cannot be had. */
void cell_close(unsigned seconds, const int *kept, size_t count);
