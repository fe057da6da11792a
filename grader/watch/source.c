#include "watch/source.h"

#include "watch/unwind.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
	const struct source_files *files;
	const char *const *roots;
	struct unwinding *unwinding;
	struct source_place *place; /* that is being looked for */
};

/* Takes "." and ".." and double slashes out of a path.  False when it is too long. */
static bool path_clean(const char *path, char into[static PATH_MAX])
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

/* What follows `root` in a path below it; NULL. */
static const char *below(const char *path, const char *root)
{
	size_t length = strlen(root);
	return length > 1 && strncmp(path, root, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static bool place_take(struct source *source, const char *name, int line)
{
	for (size_t i = 0; name != NULL && i < source->files->count; i++) {
		if (strcmp(source->files->list[i].name, name) != 0 || (uint32_t)line > source->files->list[i].lines)
			continue;
		source->place->lack = SOURCE_FOUND;
		source->place->line = (uint32_t)line;
		snprintf(source->place->file, sizeof(source->place->file), "%s", name);
		return true;
	}
	return false;
}

/* A file as the debug information names it.  One that was compiled elsewhere is the submission's when the compiler named
 * it, from where it was started, as it is named here. */
static bool place_try(struct source *source, const char *path, const char *folder, int line)
{
	char whole[PATH_MAX], joined[PATH_MAX], from[PATH_MAX];
	if (path == NULL || line <= 0)
		return false;
	if (path[0] != '/' && folder != NULL) {
		if (snprintf(joined, sizeof(joined), "%s/%s", folder, path) >= (int)sizeof(joined))
			return false;
		path = joined;
	}
	if (!path_clean(path, whole))
		return false;
	for (size_t i = 0; source->roots[i] != NULL; i++)
		if (place_take(source, below(whole, source->roots[i]), line))
			return true;
	static const char *const others[] = {"/usr", "/rustc", "/build", "/lib", "/opt"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (below(whole, others[i]) != NULL)
			return false;
	if (folder != NULL && path_clean(folder, from) && place_take(source, below(whole, from), line))
		return true;
	if (source->place->lack != SOURCE_OF_ELSEWHERE) {
		source->place->lack = SOURCE_OF_ELSEWHERE;
		snprintf(source->place->file, sizeof(source->place->file), "%.*s", SOURCE_NAME - 1, whole);
	}
	return false;
}

/* The unit of the debug information that holds an address.  Not every compiler makes the index of them. */
static Dwarf_Die *unit_at(Dwfl_Module *module, Dwarf_Addr address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);
	while (unit == NULL || dwarf_haspc(unit, address - *bias) != 1) {
		unit = dwfl_module_nextcu(module, unit, bias);
		if (unit == NULL)
			return NULL;
		if (dwarf_haspc(unit, address - *bias) == 1)
			return unit;
	}
	return unit;
}

static int number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;
	if (dwarf_attr(die, name, &attribute) == NULL || dwarf_formudata(&attribute, &value) != 0 || value > INT32_MAX)
		return 0;
	return (int)value;
}

/* The line itself, then the lines that what was inlined there was called from. */
static bool place_of(struct source *source, Dwarf_Die *unit, Dwarf_Addr address)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Die *scopes = NULL;
	size_t file_count;
	int line = 0;
	const char *folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
	Dwarf_Line *row = dwarf_getsrc_die(unit, address);
	if (row == NULL || dwarf_lineno(row, &line) != 0 || dwarf_getsrcfiles(unit, &files, &file_count) != 0)
		return false;
	if (place_try(source, dwarf_linesrc(row, NULL, NULL), folder, line))
		return true;
	int count = dwarf_getscopes(unit, address, &scopes);
	bool found = false;
	for (int i = 0; i < count && !found; i++) {
		int file = number_of(&scopes[i], DW_AT_call_file);
		if (dwarf_tag(&scopes[i]) == DW_TAG_inlined_subroutine && file >= 0 && (size_t)file < file_count)
			found = place_try(source, dwarf_filesrc(files, (size_t)file, NULL, NULL), folder,
			                  number_of(&scopes[i], DW_AT_call_line));
	}
	free(scopes);
	return found;
}

static bool frame_look(void *context, Dwfl_Module *module, bool program, uint64_t address)
{
	struct source *source = context;
	Dwarf_Addr bias = 0;
	if (dwfl_module_getdwarf(module, &bias) == NULL) {
		if (program && source->place->lack == SOURCE_UNKNOWN)
			source->place->lack = SOURCE_WITHOUT_DEBUG;
		return true;
	}
	Dwarf_Die *unit = unit_at(module, address, &bias);
	return unit == NULL || !place_of(source, unit, address - bias);
}

struct source *source_open(const struct stacks *stacks, const struct source_files *files, const char *const *roots)
{
	struct source *source = calloc(1, sizeof(*source));
	if (source == NULL)
		abort();
	source->files = files;
	source->roots = roots;
	source->unwinding = unwind_open(stacks);
	return source;
}

void source_close(struct source *source)
{
	if (source == NULL)
		return;
	unwind_close(source->unwinding);
	free(source);
}

void source_find(struct source *source, uint32_t site, struct source_place *place)
{
	*place = (struct source_place){0};
	source->place = place;
	unwind_walk(source->unwinding, site, frame_look, source);
}
