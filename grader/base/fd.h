/* Descriptors that close themselves at the end of their scope. */
#pragma once

#include <stddef.h>
#include <stdbool.h>
#include <sys/types.h>

struct text;

/* Closes *fd when it is >= 0 and sets it to -1; errno is kept. */
void fd_close(int *fd);
#define FD_AUTO __attribute__((cleanup(fd_close))) int

/* Writes everything, going on after EINTR and short counts.  False with errno. */
bool fd_write_all(int fd, const void *bytes, size_t length_bytes);
/* Reads exactly `length_bytes`.  False at end of file (errno 0) or on an error (errno). */
bool fd_read_all(int fd, void *bytes, size_t length_bytes);
/* The whole file, at most `most_bytes` of it (EFBIG past that).  False with errno. */
bool file_read(const char *path, size_t most_bytes, struct text *content);
/* Writes a file so that it is there whole or not at all: a temporary name in the same folder, fsync, rename.
 * False with errno; nothing is left behind. */
bool file_write_atomically(const char *path, const void *bytes, size_t length_bytes, mode_t);
/* Removes a folder and everything in it, without following links and without leaving its file system.
 * False with errno when something stayed. */
bool folder_remove(const char *path);
