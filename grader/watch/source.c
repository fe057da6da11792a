#include "watch/source.h"

#include "watch/unwind.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A unit of the debug information, with the tables that its numbers point into. */
struct unit {
	Dwfl_Module *module;
	Dwarf_Die *die;
	Dwarf_Addr bias;
	Dwarf_Files *files;
	size_t file_count;
	const char *folder; /* where it was compiled */
	bool mine; /* some file of it is the submission's */
	bool foreign; /* it belongs to a library or a run-time system */
};

/* Units that are kept in mind: the calls of a program stand in few of them. */
enum { UNITS_MOST = 64 };

struct source {
	const struct source_files *files;
	const char *const *roots;
	struct unwinding *unwinding;
	struct unit units[UNITS_MOST];
	size_t unit_count;
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

/* A line of a file of the submission; NULL: it has none of that number. */
static const char *line_at(const struct source_files *files, size_t file, int line)
{
	const char *at = files->list[file].text;
	for (int i = 1; i < line && *at != '\0'; i++) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return line > 0 && *at != '\0' ? at : NULL;
}

/* The file of the submission that has this name; SOURCE_FILES_MOST: none. */
static size_t file_named(const struct source_files *files, const char *name)
{
	for (size_t i = 0; name != NULL && i < files->count; i++)
		if (strcmp(files->list[i].name, name) == 0)
			return i;
	return SOURCE_FILES_MOST;
}

static void blame(struct source *source, const char *path)
{
	if (source->place->lack == SOURCE_OF_ELSEWHERE)
		return;
	source->place->lack = SOURCE_OF_ELSEWHERE;
	snprintf(source->place->file, sizeof(source->place->file), "%.*s", SOURCE_NAME - 1, path);
}

/* Where the compiler found a file; false when that is no path. */
static bool path_whole(const char *path, const char *folder, char into[static PATH_MAX])
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

/* A place of libraries and run-time systems. */
static bool is_foreign(const char *path)
{
	static const char *const others[] = {"/usr", "/rustc", "/build", "/lib", "/opt"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (below(path, others[i]) != NULL)
			return true;
	return false;
}

/* The same without a complaint about a file that is nobody's. */
static size_t file_known(const struct source *source, const char *path, const char *folder, char whole[static PATH_MAX])
{
	char from[PATH_MAX];
	if (!path_whole(path, folder, whole))
		return SOURCE_FILES_MOST;
	for (size_t i = 0; source->roots[i] != NULL; i++) {
		size_t file = file_named(source->files, below(whole, source->roots[i]));
		if (file < SOURCE_FILES_MOST)
			return file;
	}
	if (is_foreign(whole) || folder == NULL || !path_clean(folder, from))
		return SOURCE_FILES_MOST;
	return file_named(source->files, below(whole, from));
}

/* A file as the debug information names it, in the submission; SOURCE_FILES_MOST: it is another's.  One that was compiled
 * elsewhere is the submission's when the compiler named it, from where it was started, as it is named here. */
static size_t file_of(struct source *source, const char *path, const char *folder)
{
	char whole[PATH_MAX] = "";
	size_t file = file_known(source, path, folder, whole);
	if (file == SOURCE_FILES_MOST && whole[0] != '\0' && !is_foreign(whole))
		blame(source, whole);
	return file;
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

/* Its tables are read only when it is not somebody else's by its name alone. */
static void unit_read(const struct source *source, struct unit *unit)
{
	Dwarf_Attribute attribute;
	char whole[PATH_MAX] = "";
	unit->folder = dwarf_formstring(dwarf_attr(unit->die, DW_AT_comp_dir, &attribute));
	const char *name = dwarf_diename(unit->die);
	unit->foreign = path_whole(name, unit->folder, whole) && is_foreign(whole);
	if (unit->foreign || dwarf_getsrcfiles(unit->die, &unit->files, &unit->file_count) != 0)
		return;
	unit->foreign = unit->file_count > 0;
	for (size_t i = 0; i < unit->file_count && !unit->mine; i++) {
		const char *path = dwarf_filesrc(unit->files, i, NULL, NULL);
		whole[0] = '\0';
		unit->mine = file_known(source, path, unit->folder, whole) < SOURCE_FILES_MOST;
		unit->foreign = unit->foreign && (i == 0 || is_foreign(whole));
	}
	unit->foreign = unit->foreign && !unit->mine;
}

/* NULL: none holds the address. */
static const struct unit *unit_find(struct source *source, Dwfl_Module *module, Dwarf_Addr address)
{
	for (size_t i = 0; i < source->unit_count; i++) {
		const struct unit *unit = &source->units[i];
		if (unit->module == module && dwarf_haspc(unit->die, address - unit->bias) == 1)
			return unit;
	}
	/* The last place is used again when all are taken. */
	struct unit *unit = &source->units[source->unit_count < UNITS_MOST ? source->unit_count : UNITS_MOST - 1];
	*unit = (struct unit){.module = module};
	unit->die = unit_at(module, address, &unit->bias);
	if (unit->die == NULL)
		return NULL;
	source->unit_count += source->unit_count < UNITS_MOST;
	unit_read(source, unit);
	return unit;
}

static int number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;
	if (dwarf_attr_integrate(die, name, &attribute) == NULL || dwarf_formudata(&attribute, &value) != 0 ||
	    value > INT32_MAX)
		return 0;
	return (int)value;
}

static size_t numbered_file(struct source *source, const struct unit *unit, int number)
{
	if (number < 0 || (size_t)number >= unit->file_count)
		return SOURCE_FILES_MOST;
	return file_of(source, dwarf_filesrc(unit->files, (size_t)number, NULL, NULL), unit->folder);
}

static size_t identifier_length(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

/* False when the source is not the one that was compiled: the function is not where the debug information has it.  What
 * has no name in the source (a closure) proves nothing. */
static bool function_there(struct source *source, const struct unit *unit, Dwarf_Die *function)
{
	Dwarf_Attribute attribute;
	const char *name = dwarf_formstring(dwarf_attr_integrate(function, DW_AT_name, &attribute));
	const char *dot = name != NULL ? strrchr(name, '.') : NULL;
	name = dot != NULL ? dot + 1 : name;
	size_t length = name != NULL ? identifier_length(name) : 0;
	bool plain = length > 0 && (name[length] == '\0' || name[length] == '<') && strncmp(name, "func", 4) != 0;
	int line = number_of(function, DW_AT_decl_line);
	size_t file = numbered_file(source, unit, number_of(function, DW_AT_decl_file));
	if (!plain || line == 0 || file == SOURCE_FILES_MOST)
		return true;
	const char *at = line_at(source->files, file, line);
	return at != NULL && memmem(at, strcspn(at, "\n"), name, length) != NULL;
}

static bool is_function(Dwarf_Die *scope)
{
	return dwarf_tag(scope) == DW_TAG_subprogram || dwarf_tag(scope) == DW_TAG_inlined_subroutine;
}

/* A line in the innermost function of the scopes. */
static bool place_take(struct source *source, const struct unit *unit, size_t file, int line, Dwarf_Die *scopes,
                       int count)
{
	if (file == SOURCE_FILES_MOST || line <= 0)
		return false;
	int function = 0;
	while (function < count && !is_function(&scopes[function]))
		function++;
	if ((uint32_t)line > source->files->list[file].lines ||
	    (function < count && !function_there(source, unit, &scopes[function]))) {
		blame(source, source->files->list[file].name);
		return false;
	}
	source->place->lack = SOURCE_FOUND;
	source->place->line = (uint32_t)line;
	snprintf(source->place->file, sizeof(source->place->file), "%s", source->files->list[file].name);
	return true;
}

/* The lines that what was inlined at an address was called from, inside out.  libdw's scopes of an address leave the
 * code for the text where the first inlined function begins: its callers are the scopes of that entry itself. */
static bool place_of_callers(struct source *source, const struct unit *unit, Dwarf_Die *scopes, int count)
{
	Dwarf_Die *callers = NULL;
	int inlined = 0;
	bool found = false;
	while (inlined < count && dwarf_tag(&scopes[inlined]) != DW_TAG_inlined_subroutine)
		inlined++;
	int depth = inlined < count ? dwarf_getscopes_die(&scopes[inlined], &callers) : 0;
	for (int i = 0; i < depth && !found; i++)
		if (dwarf_tag(&callers[i]) == DW_TAG_inlined_subroutine)
			found = place_take(source, unit, numbered_file(source, unit, number_of(&callers[i], DW_AT_call_file)),
			                   number_of(&callers[i], DW_AT_call_line), callers + i + 1, depth - i - 1);
	free(callers);
	return found;
}

/* The line itself, then those of the callers. */
static bool place_of(struct source *source, const struct unit *unit, Dwarf_Addr address)
{
	Dwarf_Die *scopes = NULL;
	int line = 0;
	Dwarf_Line *row = unit->foreign ? NULL : dwarf_getsrc_die(unit->die, address);
	if (row == NULL || dwarf_lineno(row, &line) != 0 || unit->file_count == 0)
		return false;
	size_t file = file_of(source, dwarf_linesrc(row, NULL, NULL), unit->folder);
	/* Where no file is the submission's, no caller stands in one. */
	if (!unit->mine)
		return false;
	int count = dwarf_getscopes(unit->die, address, &scopes);
	bool found = place_take(source, unit, file, line, scopes, count) || place_of_callers(source, unit, scopes, count);
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
	const struct unit *unit = unit_find(source, module, address);
	return unit == NULL || !place_of(source, unit, address - unit->bias);
}

static struct source *source_open(const struct stacks *stacks, const struct source_files *files,
                                  const char *const *roots)
{
	struct source *source = calloc(1, sizeof(*source));
	if (source == NULL)
		abort();
	source->files = files;
	source->roots = roots;
	source->unwinding = unwind_open(stacks);
	return source;
}

static void source_close(struct source *source)
{
	if (source == NULL)
		return;
	unwind_close(source->unwinding);
	free(source);
}

static void source_find(struct source *source, uint32_t site, struct source_place *place)
{
	*place = (struct source_place){0};
	source->place = place;
	unwind_walk(source->unwinding, site, frame_look, source);
}

const struct source_reader source_reader = {source_open, source_close, source_find};
