/* The root folder that programs see: a small tree of its own, assembled once by the keeper. */
#pragma once

#include "sandbox/mishap.h"

struct site;

/* Makes a mount namespace whose root is: tmpfs with the system's folders read-only, a /dev of five devices, an /etc of
 * our own, and the submission's folder at /box.  /tmp, /dev/shm and /proc are empty places that shim.h fills for each
 * test.  Nothing else of the host is mounted in it.  Returns a descriptor for it, -1 with the mishap. */
int root_make(const struct site *, struct mishap *);
