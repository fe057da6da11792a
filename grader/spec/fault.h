/* fault.yaml beside a faulty program: which tests it has to fail, and what has to be found. */
#pragma once

#include <stddef.h>

struct arena;
struct diags;

struct fault {
	const char *title;
	const char *const *fails; /* names of tests */
	size_t fail_count;
	const char *const *finds; /* ids of findings */
	size_t find_count;
};

/* NULL with `diags`.  Lives in `arena`. */
struct fault *fault_load(const char *path, struct arena *, struct diags *);
