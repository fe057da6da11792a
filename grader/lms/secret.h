/* Tokens and keys: where they come from, and that they go nowhere else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct diags;
struct text;

enum { SECRET_BYTES = 64 * 1024 };

struct secret {
	char *bytes; /* owned, NUL-terminated; NULL: none */
	size_t length;
};

/* From here on the process leaves no core and cannot be traced by another process of the user (prctl(2)
 * PR_SET_DUMPABLE, RLIMIT_CORE).  False with `diags`. */
bool secrets_guard(struct diags *);
/* A file that belongs to the caller and that only its owner can read or write; line ends at its end are dropped.
 * False with `diags`. */
bool secret_from_file(struct secret *, const char *path, struct diags *);
/* An environment variable, which is taken out of the environment. */
bool secret_from_environment(struct secret *, const char *name, struct diags *);
bool secret_set(struct secret *, const char *bytes, size_t length);
/* Wipes it; a zeroed one is allowed. */
void secret_release(struct secret *);

/* Adds what a server said, for people: one line, at most `most` bytes, with every occurrence of a secret, and what
 * stands behind words such as "wstoken=" or "Bearer ", replaced by "[secret]".  `secrets` ends with NULL. */
void secret_told(struct text *out, const char *said, size_t length, size_t most, const struct secret *const *secrets);
