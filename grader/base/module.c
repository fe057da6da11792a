#include "base/module.h"

#include "base/diag.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const void *module_table(const char *module, const char *table, struct diags *diags)
{
	static const char *const places[] = {"", "../lib/grader/"};
	char folder[PATH_MAX], path[PATH_MAX + 64];
	ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	if (length < 0) {
		diags_errno(diags, "/proc/self/exe");
		return NULL;
	}
	folder[length] = '\0';
	*(strrchr(folder, '/') + 1) = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s%sgrader-%s.so", folder, places[i], module);
		if (access(path, R_OK) != 0)
			continue;
		void *loaded = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		const void *found = loaded != NULL ? dlsym(loaded, table) : NULL;
		if (found == NULL)
			diags_error(diags, "%s", dlerror());
		return found;
	}
	diags_error(diags, "a part of grader is missing: grader-%s.so; install it again", module);
	return NULL;
}
