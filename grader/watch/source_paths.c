#include "watch/source_paths.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

bool path_clean(const char *path, char into[static PATH_MAX])
{
	size_t length = 0;
	for (const char *at = path; *at != '\0';) {
		size_t part = strcspn(at, "/");
		if (part == 2 && at[0] == '.' && at[1] == '.') {
			while (length > 0 && into[length - 1] != '/')
				length--;
			length -= length > 0;
		} else if (part > 0 && !(part == 1 && at[0] == '.')) {
			if (length + part + 2 > PATH_MAX)
				return false;
			if (length > 0 || path[0] == '/')
				into[length++] = '/';
			memcpy(into + length, at, part);
			length += part;
		}
		at += part + (at[part] == '/');
	}
	into[length] = '\0';
	return length > 0;
}

bool path_whole(const char *path, const char *folder, char into[static PATH_MAX])
{
	char joined[PATH_MAX];
	if (path == NULL)
		return false;
	if (path[0] != '/' && folder != NULL) {
		if (snprintf(joined, sizeof(joined), "%s/%s", folder, path) >= (int)sizeof(joined))
			return false;
		path = joined;
	}
	return path_clean(path, into);
}

const char *path_below(const char *path, const char *root)
{
	size_t length = strlen(root);
	return length > 1 && strncmp(path, root, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

bool path_foreign(const char *path)
{
	static const char *const others[] = {"/usr", "/rustc", "/rust", "/build", "/lib", "/opt"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (path_below(path, others[i]) != NULL)
			return true;
	return path[0] == '<' || strstr(path, "/.cargo/registry/") != NULL;
}
