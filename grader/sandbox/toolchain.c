#include "sandbox/toolchain.h"

#include "base/fd.h"
#include "base/text.h"

#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct tool {
	const char *name;
	const char *mark; /* pattern below an installation folder that is there whenever it is one */
} tools[] = {
	{"python3", "lib/python3*/os.py"}, {"node", "include/node/node.h"}, {"go", "src/runtime/proc.go"},
	{"java", "lib/modules"},           {"javac", "lib/modules"},        {"rustc", "lib/rustlib/*/lib"},
	{"cargo", "lib/rustlib/*/lib"},    {"ruby", "lib/ruby/*/set.rb"},   {"gcc", "lib/gcc/*/*/crtbegin.o"},
	{"clang", "lib/clang/*/include"},  {"ghc", "lib/ghc*/settings"},
};

static const char standard_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static bool lies_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);
	return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* What every box shows anyway. */
static bool is_system(const char *path)
{
	static const char *const folders[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (lies_below(path, folders[i]))
			return true;
	return false;
}

static bool path_has(const char *path, const char *folder, size_t length)
{
	for (const char *at = path; *at != '\0';) {
		size_t part = strcspn(at, ":");
		if (part == length && strncmp(at, folder, length) == 0)
			return true;
		at += part + (at[part] == ':');
	}
	return false;
}

static void path_add(struct toolchains *toolchains, const char *folder, size_t length)
{
	size_t used = strlen(toolchains->path);
	if (path_has(toolchains->path, folder, length) || used + length + 2 > sizeof(toolchains->path))
		return;
	snprintf(toolchains->path + used, sizeof(toolchains->path) - used, "%s%.*s", used > 0 ? ":" : "", (int)length,
	         folder);
}

/* The first word of a file's first line that begins with `key`, unquoted; what pyenv and rustup keep their choice in. */
static bool word_read(const char *path, const char *key, char *word, size_t size)
{
	TEXT_AUTO content = {0};
	if (!file_read(path, 65536, &content))
		return false;
	const char *at = text_string(&content);
	if (*key != '\0' && strncmp(at, key, strlen(key)) != 0) {
		TEXT_AUTO line = {0};
		text_printf(&line, "\n%s", key);
		at = strstr(at, text_string(&line));
		if (at == NULL)
			return false;
		at++;
	}
	at += strlen(key);
	at += strspn(at, " =\"");
	size_t length = strcspn(at, " \"\r\n");
	if (length == 0 || length >= size || memchr(at, '/', length) != NULL || at[0] == '.')
		return false;
	memcpy(word, at, length);
	word[length] = '\0';
	return true;
}

/* Cuts the last component off; false when there is none. */
static bool parent_cut(char *path)
{
	char *slash = strrchr(path, '/');
	if (slash == NULL || slash == path)
		return false;
	*slash = '\0';
	return true;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

/* The version that pyenv's stand-ins would choose: they are shell scripts of many processes, which nobody wants to
 * follow.  `root` holds what `folder` (…/shims) lies in. */
static bool shims_root(const char *folder, char root[static PATH_MAX])
{
	char file[PATH_MAX + 16], version[128];
	snprintf(root, PATH_MAX, "%s", folder);
	if (strcmp(last_part(root), "shims") != 0 || !parent_cut(root))
		return false;
	const char *chosen = getenv("PYENV_VERSION");
	snprintf(file, sizeof(file), "%s/version", root);
	if (chosen != NULL && strchr(chosen, '/') == NULL && strlen(chosen) < sizeof(version))
		snprintf(version, sizeof(version), "%s", chosen);
	else if (!word_read(file, "", version, sizeof(version)))
		return false;
	size_t used = strlen(root);
	snprintf(root + used, PATH_MAX - used, "/versions/%s", version);
	return true;
}

static bool rustup_root(const char *home, char root[static PATH_MAX])
{
	char base[PATH_MAX], file[PATH_MAX + 32], name[128];
	const char *set = getenv("RUSTUP_HOME"), *chosen = getenv("RUSTUP_TOOLCHAIN");
	if (set != NULL)
		snprintf(base, sizeof(base), "%s", set);
	else if (home != NULL)
		snprintf(base, sizeof(base), "%s/.rustup", home);
	else
		return false;
	snprintf(file, sizeof(file), "%s/settings.toml", base);
	if (chosen != NULL && strchr(chosen, '/') == NULL && strlen(chosen) < sizeof(name))
		snprintf(name, sizeof(name), "%s", chosen);
	else if (!word_read(file, "default_toolchain", name, sizeof(name)))
		return false;
	return snprintf(root, PATH_MAX, "%s/toolchains/%s", base, name) < PATH_MAX;
}

static bool root_of(const char *folder, const char *tool, const char *home, char root[static PATH_MAX])
{
	char file[PATH_MAX], real[PATH_MAX], candidate[PATH_MAX];
	if (snprintf(file, sizeof(file), "%s/%s", folder, tool) >= (int)sizeof(file) || access(file, X_OK) != 0 ||
	    realpath(file, real) == NULL)
		return false;
	if (strcmp(last_part(real), "rustup") == 0) {
		if (!rustup_root(home, candidate))
			return false;
	} else if (!shims_root(folder, candidate)) {
		snprintf(candidate, sizeof(candidate), "%s", real);
		if (!parent_cut(candidate) || strcmp(last_part(candidate), "bin") != 0 || !parent_cut(candidate))
			return false;
	}
	return realpath(candidate, root) != NULL && strcmp(root, "/") != 0;
}

static bool has_mark(const char *root, const char *mark)
{
	TEXT_AUTO pattern = {0};
	text_printf(&pattern, "%s/%s", root, mark);
	glob_t found = {0};
	bool there = glob(text_string(&pattern), GLOB_NOSORT, NULL, &found) == 0 && found.gl_pathc > 0;
	globfree(&found);
	return there;
}

static void toolchain_add(struct toolchains *toolchains, const char *root)
{
	char bin[TOOLCHAIN_PATH + 8];
	if (strlen(root) >= TOOLCHAIN_PATH || strpbrk(root, ":\n") != NULL)
		return;
	bool known = is_system(root);
	for (size_t i = 0; i < toolchains->count; i++)
		known = known || lies_below(root, toolchains->roots[i]);
	if (!known && toolchains->count == TOOLCHAINS_MOST)
		return;
	if (!known)
		memcpy(toolchains->roots[toolchains->count++], root, strlen(root) + 1);
	int length = snprintf(bin, sizeof(bin), "%s/bin", root);
	path_add(toolchains, bin, (size_t)length);
}

static void folder_search(struct toolchains *toolchains, const char *folder, const char *home)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		char root[PATH_MAX];
		if (root_of(folder, tools[i].name, home, root) && (home == NULL || !lies_below(home, root)) &&
		    has_mark(root, tools[i].mark))
			toolchain_add(toolchains, root);
	}
}

void toolchains_find(struct toolchains *toolchains, const char *path, const char *home)
{
	*toolchains = (struct toolchains){0};
	for (const char *at = path != NULL ? path : ""; *at != '\0';) {
		size_t length = strcspn(at, ":");
		char folder[PATH_MAX];
		if (length > 0 && length < sizeof(folder) && at[0] == '/') {
			snprintf(folder, sizeof(folder), "%.*s", (int)length, at);
			if (is_system(folder))
				path_add(toolchains, folder, length);
			else
				folder_search(toolchains, folder, home);
		}
		at += length + (at[length] == ':');
	}
	for (const char *at = standard_path; *at != '\0';) {
		size_t length = strcspn(at, ":");
		path_add(toolchains, at, length);
		at += length + (at[length] == ':');
	}
}
