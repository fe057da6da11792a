/* A submission's files: copied, hashed, and never touched where the student keeps them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct diags;

struct submission {
	const char *name; /* last part of its path */
	const char *folder; /* the copy, in a temporary folder; NULL after release */
	char digest[65]; /* SHA-256 over names, run bits and bytes, hex */
};

/* Ceilings of one submission. */
#define SUBMISSION_FILES 5000
#define SUBMISSION_BYTES ((size_t)256 << 20)
#define SUBMISSION_DEPTH 32

/* Copies the folder (or the single file) `path`; NULL makes an empty one.  Symbolic links are followed only inside the folder; devices, sockets
 * and FIFOs are an error by name.  `.git` and the like are left out.  Files of `fallback` (a folder, or NULL) that the
 * submission lacks at its top level and that are named Makefile are added.  False with `diags`; nothing is left then. */
bool submission_copy(struct submission *, const char *path, const char *fallback, struct arena *, struct diags *);
/* Removes the copy. */
void submission_release(struct submission *);
