/* A process that reads what somebody else made, and can do no harm whatever that is. */
#pragma once

#include <stddef.h>

/* The calling process may from now on compute, read and write descriptors that are open, and nothing else; it writes no
 * file, and ends after `seconds` of CPU time or with 1 GiB of memory.  Ends the process when that cannot be had. */
void cell_close(unsigned seconds);
