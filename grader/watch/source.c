#include "watch/source.h"

#include "watch/source_paths.h"
#include "watch/units.h"
#include "watch/unwind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The debug information of one module, in a list. */
struct module_units {
	Dwfl_Module *module;
	Dwarf_Addr bias;
	struct units *units; /* owned; NULL: it has none */
	struct module_units *next;
};

struct source {
	const struct source_files *files;
	const char *const *roots;
	struct unwinding *unwinding;
	struct module_units *modules; /* owned */
	struct source_place *place; /* that is being looked for */
};

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

/* A file as the compiler named it, in the submission; SOURCE_FILES_MOST: it is another's. */
static size_t file_known(const struct source *source, const char *path, const char *folder, char whole[static PATH_MAX])
{
	char from[PATH_MAX];
	if (!path_whole(path, folder, whole))
		return SOURCE_FILES_MOST;
	for (size_t i = 0; source->roots[i] != NULL; i++) {
		size_t file = file_named(source->files, path_below(whole, source->roots[i]));
		if (file < SOURCE_FILES_MOST)
			return file;
	}
	if (path_foreign(whole) || folder == NULL || !path_clean(folder, from))
		return SOURCE_FILES_MOST;
	return file_named(source->files, path_below(whole, from));
}

/* A file as the debug information names it, in the submission; SOURCE_FILES_MOST: it is another's.  One that was compiled
 * elsewhere is the submission's when the compiler named it, from where it was started, as it is named here. */
static size_t file_of(struct source *source, const char *path, const char *folder)
{
	char whole[PATH_MAX] = "";
	size_t file = file_known(source, path, folder, whole);
	if (file == SOURCE_FILES_MOST && whole[0] != '\0' && !path_foreign(whole))
		blame(source, whole);
	return file;
}

static size_t identifier_length(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

/* The name as it stands in the source: that of a method without its type's, ahead of parameters of types; NULL: it has
 * none there. */
static const char *name_plain(const char *name, size_t *length)
{
	size_t whole = name != NULL ? strcspn(name, "[<") : 0, start = whole;
	while (start > 0 && name[start - 1] != '.')
		start--;
	*length = whole - start;
	return *length > 0 && identifier_length(name + start) == *length ? name + start : NULL;
}

/* What Go makes of a function without a name (func1, func1.2), and around a call that is begun or put off (gowrap1). */
static bool is_made(const char *name, size_t length)
{
	static const char *const made[] = {"func", "gowrap", "deferwrap", ""};
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		size_t known = strlen(made[i]);
		if (length > known && strncmp(name, made[i], known) == 0 &&
		    strspn(name + known, "0123456789") >= length - known)
			return true;
	}
	return false;
}

/* False when the source is not the one that was compiled: the function is not where the debug information has it.  What
 * has no name in the source proves little. */
static bool function_there(struct source *source, const struct code_place *place)
{
	static const char *const begun[] = {"func", "go", "defer"};
	size_t length = 0;
	const char *name = name_plain(place->function, &length);
	size_t file = file_of(source, place->function_path, place->folder);
	if (name == NULL || place->function_line == 0 || file == SOURCE_FILES_MOST)
		return true;
	const char *at = line_at(source->files, file, place->function_line);
	size_t rest = at != NULL ? strcspn(at, "\n") : 0;
	bool found = at != NULL && memmem(at, rest, name, length) != NULL;
	if (name != place->function && is_made(name, length))
		for (size_t i = 0; at != NULL && i < sizeof(begun) / sizeof(begun[0]); i++)
			found = found || memmem(at, rest, begun[i], strlen(begun[i])) != NULL;
	return found;
}

/* Where the source is another one the search ends: no caller's line can be trusted either. */
static bool place_take(void *context, const struct code_place *place)
{
	struct source *source = context;
	size_t file = file_of(source, place->path, place->folder);
	if (file == SOURCE_FILES_MOST || place->line <= 0)
		return false;
	if ((uint32_t)place->line > source->files->list[file].lines || !function_there(source, place)) {
		blame(source, source->files->list[file].name);
		return true;
	}
	source->place->lack = SOURCE_FOUND;
	source->place->line = (uint32_t)place->line;
	snprintf(source->place->file, sizeof(source->place->file), "%s", source->files->list[file].name);
	return true;
}

static const struct module_units *units_of(struct source *source, Dwfl_Module *module)
{
	struct module_units *known = source->modules;
	while (known != NULL && known->module != module)
		known = known->next;
	if (known != NULL)
		return known;
	known = calloc(1, sizeof(*known));
	if (known == NULL)
		abort();
	Dwarf *dwarf = dwfl_module_getdwarf(module, &known->bias);
	known->module = module;
	known->units = dwarf != NULL ? units_open(dwarf) : NULL;
	known->next = source->modules;
	source->modules = known;
	return known;
}

static bool frame_look(void *context, const struct unwound *frame)
{
	struct source *source = context;
	if (frame->go != NULL)
		return !go_table_places(frame->go, frame->address, place_take, source);
	const struct module_units *known = units_of(source, frame->module);
	if (known->units != NULL)
		return !units_places(known->units, frame->address - known->bias, place_take, source);
	if (frame->program && source->place->lack == SOURCE_UNKNOWN)
		source->place->lack = SOURCE_WITHOUT_DEBUG;
	return true;
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
	for (struct module_units *known = source->modules; known != NULL;) {
		struct module_units *next = known->next;
		units_close(known->units);
		free(known);
		known = next;
	}
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
