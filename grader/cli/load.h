/* An assignment with its spec and plan, read from where the instructor keeps them or from a kept run. */
#pragma once

#include "base/text.h"
#include "model/plan.h"
#include "run/store.h"

struct arena;
struct diags;
struct invocation;

enum { LOADED_FILES = 64 };

struct loaded {
	struct arena *arena;
	struct assignment *assignment;
	struct spec *spec;
	struct plan *plan;
	const char *spec_path; /* where files of DATA lie beside */
	struct text spec_text, assignment_text; /* as read */
	struct store_file files[LOADED_FILES]; /* that DATA names */
	size_t file_count;
	struct stored_run *stored; /* where `files` are read from; NULL: from disk */
};

/* Reads assignment and spec; `roles` ("server", "client", "server,client"; NULL: as the assignment says) and `seed` make
 * the plan.  False with `diags`. */
bool load_assignment(struct loaded *, const char *path, const char *roles, uint64_t seed, struct arena *,
                     struct diags *);
/* A spec alone: the reference plays every role. */
bool load_spec(struct loaded *, const char *path, uint64_t seed, struct arena *, struct diags *);
/* The same for a kept run. */
bool load_stored(struct loaded *, struct stored_run *, struct arena *, struct diags *);
/* Opens the run folder `path`, loads what it holds, and has `use` make a command's exit status of it; what is wrong with
 * the folder is printed. */
int load_kept(struct invocation *, const char *path,
              int (*use)(struct invocation *, struct loaded *, struct stored_run *, struct diags *));
/* Another plan of the same spec: the reference plays every role. */
struct plan *load_reference_plan(struct loaded *, uint64_t seed, struct diags *);
void loaded_release(struct loaded *);
