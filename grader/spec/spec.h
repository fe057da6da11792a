/* Specs: YAML into struct spec. */
#pragma once

#include "model/lifecycle.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct diags;
struct text;

/* A spec whose bytes are at hand: for tests, fuzzing and stored runs. */
struct spec_source {
	const char *path; /* for messages; files that DATA names are relative to its folder */
	const void *bytes;
	size_t length; /* of bytes */
	/* Reads the file that a `file:` names, as the spec wrote it: at most `most_bytes`, EFBIG past that.  False with
	 * errno.  NULL: from disk. */
	bool (*read_file)(void *context, const char *name, size_t most_bytes, struct text *content);
	void *context;
};

/* Every error and warning is added to `diags`, sorted by place.  NULL when there is any error.  The spec lives in
 * `arena`.  `seed` is the run's: random data that give no seed of their own depend on it and on the test's name. */
struct spec *spec_load(const char *path, uint64_t seed, struct arena *, struct diags *);
struct spec *spec_read(const struct spec_source *, uint64_t seed, struct arena *, struct diags *);

/* The file `name`, relative to the folder of `spec_path`: regular files only.  False with errno (EINVAL: not a regular
 * file).  For a caller whose own read_file keeps copies. */
bool spec_file_read(const char *spec_path, const char *name, size_t most_bytes, struct text *content);
