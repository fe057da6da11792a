/* The submission's folder: copied, or made the sandbox user's.  Links are never followed; what is neither a file, a
 * folder nor a symbolic link is left out. */
#pragma once

#include "sandbox/mishap.h"

#include <sys/types.h>

enum { FOLDER_DEPTH = 64, FOLDER_ENTRIES = 200000 };
#define FOLDER_BYTES ((off_t)1 << 30)

/* Gives everything in it to user and group, and the group the rights of the owner; no set-user-ID bits stay. */
bool folder_share(const char *path, uid_t, gid_t, struct mishap *);
/* Copies what is in `from` into the existing folder `to`.  `user` and `group` own the copy; (uid_t)-1: whoever calls. */
bool folder_copy(const char *from, const char *to, uid_t user, gid_t group, struct mishap *);
/* False when it holds more than FOLDER_BYTES on disk or FOLDER_ENTRIES or is deeper than FOLDER_DEPTH; what cannot be
 * read is not counted. */
bool folder_fits(const char *path);
