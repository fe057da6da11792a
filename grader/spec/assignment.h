/* assignment.yaml into struct assignment. */
#pragma once

#include "model/assignment.h"

#include <stddef.h>

struct arena;
struct diags;

/* Every error is added to `diags`, sorted by place.  NULL when there is any.  The assignment lives in `arena`; its spec
 * is not loaded. */
struct assignment *assignment_load(const char *path, struct arena *, struct diags *);
/* The same from bytes; `path` is for messages and for what is relative to its folder. */
struct assignment *assignment_read(const char *path, const void *bytes, size_t length_bytes, struct arena *,
                                   struct diags *);
