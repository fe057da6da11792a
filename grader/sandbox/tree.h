/* The root folder of a box while it is put together: paths are those that programs will see. */
#pragma once

#include "sandbox/mishap.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>

/* Where the new root and the host's old one lie meanwhile. */
#define TREE_NEW "/new"
#define TREE_OLD "/old"

enum { TREE_PATH_MOST = PATH_MAX };
/* For what is only read. */
enum { TREE_READ = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

/* Writes `top` and `name` into `path`. */
bool tree_path(char path[static TREE_PATH_MOST], const char *top, const char *name, struct mishap *);
/* Makes a folder and those above it; it may be there. */
bool tree_folder(const char *name, struct mishap *);
/* Makes a file that is not there yet, and the folders above it. */
bool tree_file(const char *name, const void *bytes, size_t length, struct mishap *);
/* Makes a symbolic link unless something is there. */
bool tree_link(const char *name, const char *target, struct mishap *);
/* Shows the host's `source`, with what is mounted below it, at `name`, which exists; with MOUNT_ATTR_* flags. */
bool tree_bind(const char *source, const char *name, uint64_t attributes, struct mishap *);
/* Sets MOUNT_ATTR_* flags on the mount at a path as it is now. */
bool tree_restrict(const char *path, bool recursive, uint64_t attributes, struct mishap *);
