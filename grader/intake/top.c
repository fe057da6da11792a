#include "intake/top.h"

#include "intake/layouts.h"
#include "intake/repair.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "model/assignment.h"

#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { WRAPPINGS_MOST = 32, STARTER_BYTES = 1 << 20, SHOWN_MOST = 4 };

static const char *const makefiles[] = {"Makefile", "makefile", "GNUmakefile", NULL};
static const char *const source_ends[] = {".c",  ".cc",   ".cpp", ".cxx", ".rs", ".go",
                                          ".py", ".java", ".js",  ".pl",  NULL};

static bool ends_as_source(const char *name)
{
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot != NULL && dot > name && source_ends[i] != NULL; i++) {
		if (strcmp(dot, source_ends[i]) == 0)
			return true;
	}
	return false;
}

bool top_is_document(const char *name)
{
	static const char *const ends[] = {".pdf", ".txt", ".md",  ".doc",  ".docx", ".odt", ".rtf",  ".png",
	                                   ".jpg", ".log", ".csv", ".html", ".tex",  ".url", ".xlsx", ".pages"};
	const char *dot = strrchr(name, '.');
	if (name[0] == '.' || strncasecmp(name, "readme", 6) == 0)
		return true;
	for (size_t i = 0; dot != NULL && i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcasecmp(dot, ends[i]) == 0)
			return true;
	}
	return false;
}

/* What the build begins with, the surest first. */
enum sign { SIGN_BUILD, SIGN_SOURCE, SIGNS };

struct signs {
	const char **names; /* files that the commands name */
	size_t count, capacity;
	bool make; /* the build is make: a Makefile, or (the course's stands in) any source */
};

static void word_take(struct signs *signs, const char *word, size_t length, struct arena *arena)
{
	const char *name = arena_copy(arena, word, length);
	if (strncmp(name, "./", 2) == 0)
		name += 2;
	if (strchr(name, '/') != NULL || strchr(name, '*') != NULL || !ends_as_source(name))
		return;
	signs->names = arena_grow(arena, signs->names, &signs->capacity, signs->count + 1, sizeof(*signs->names));
	signs->names[signs->count++] = name;
}

static void command_take(struct signs *signs, const struct command *command, struct arena *arena)
{
	for (const char *const *argument = command->arguments; argument != NULL && *argument != NULL; argument++) {
		for (const char *at = *argument; *at != '\0';) {
			size_t length = strcspn(at, " \t\n;&|()<>\"'");
			if (length > 0)
				word_take(signs, at, length, arena);
			at += length + (at[length] != '\0');
		}
	}
}

/* "make" alone or with goals and options, for the top's Makefile; a string in YAML is for the shell. */
static bool is_make(const struct command *command)
{
	TEXT_AUTO words = {0};
	const char *const *argument = command->arguments;
	if (argument != NULL && argument[0] != NULL && strcmp(argument[0], "/bin/sh") == 0 && argument[1] != NULL)
		argument += 2;
	for (; argument != NULL && *argument != NULL; argument++)
		text_printf(&words, "%s ", *argument);
	const char *text = text_string(&words);
	return strncmp(text, "make ", 5) == 0 && strpbrk(text, "/&;|") == NULL && strstr(text, "-C") == NULL &&
	       strstr(text, "-f") == NULL;
}

static struct signs signs_of(const struct intake_asked *asked, struct arena *arena)
{
	struct signs signs = {.make = is_make(&asked->assignment->build)};
	if (signs.make)
		return signs;
	command_take(&signs, &asked->assignment->build, arena);
	for (size_t i = 0; i < 2; i++)
		command_take(&signs, &asked->assignment->run[i], arena);
	return signs;
}

static bool is_sign(const struct signs *signs, enum sign sign, const char *name)
{
	if (signs->make && sign == SIGN_SOURCE)
		return ends_as_source(name);
	const char *const *names = signs->make ? makefiles : signs->names;
	size_t count = signs->make ? 3 : signs->count;
	for (size_t i = 0; sign == SIGN_BUILD && i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static bool command_speaks(const struct command *command, const char *folder)
{
	for (const char *const *argument = command->arguments; argument != NULL && *argument != NULL; argument++) {
		size_t length = strlen(folder) - 1;
		if (strstr(*argument, folder) != NULL || strstr(*argument, "*/") != NULL ||
		    (strlen(*argument) == length && strncmp(*argument, folder, length) == 0))
			return true;
	}
	return false;
}

/* True when the assignment has a folder of that name: in its commands, in what students begin with, in its Makefile. */
static bool spoken_of(const struct intake_asked *asked, const char *name, struct arena *arena)
{
	if (asked == NULL)
		return false;
	const char *folder = arena_printf(arena, "%s/", name);
	struct stat info;
	TEXT_AUTO rules = {0};
	if (asked->starter != NULL) {
		if (stat(arena_printf(arena, "%s/%s", asked->starter, name), &info) == 0)
			return true;
		if (file_read(arena_printf(arena, "%s/Makefile", asked->starter), STARTER_BYTES, &rules) &&
		    strstr(text_string(&rules), folder) != NULL)
			return true;
	}
	const struct assignment *assignment = asked->assignment;
	return command_speaks(&assignment->build, folder) || command_speaks(&assignment->run[0], folder) ||
	       command_speaks(&assignment->run[1], folder);
}

/* The content of a folder, by its path below `into`, becomes the content of `into`; what else there was goes. */
static bool folder_raise(const char *into, const char *path, struct arena *arena, struct diags *diags)
{
	struct listing inner, outer;
	const char *kept = arena_printf(arena, "%s/.wrapping", into), *given = arena_printf(arena, "%s/%s", into, path);
	if (rename(given, kept) < 0)
		return diags_errno(diags, "%s", given);
	if (!listing_read(&outer, into, arena, diags) || !listing_read(&inner, kept, arena, diags))
		return false;
	for (size_t i = 0; i < outer.count; i++) {
		const char *other = arena_printf(arena, "%s/%s", into, outer.list[i].name);
		if (strcmp(outer.list[i].name, ".wrapping") != 0 && !folder_remove(other) && remove(other) < 0)
			return diags_errno(diags, "%s", other);
	}
	for (size_t i = 0; i < inner.count; i++) {
		if (rename(arena_printf(arena, "%s/%s", kept, inner.list[i].name),
		           arena_printf(arena, "%s/%s", into, inner.list[i].name)) < 0)
			return diags_errno(diags, "%s/%s", given, inner.list[i].name);
	}
	return folder_remove(kept) || diags_errno(diags, "%s", kept);
}

bool top_unwrap(const char *into, const struct intake_asked *asked, struct intake_notes *notes, struct arena *arena,
                struct diags *diags)
{
	const char *path = "";
	struct listing listing;
	for (size_t depth = 0; depth < WRAPPINGS_MOST; depth++) {
		if (!listing_read(&listing, arena_printf(arena, "%s/%s", into, path), arena, diags))
			return false;
		if (listing.count != 1 || !listing.list[0].folder || spoken_of(asked, listing.list[0].name, arena))
			break;
		path = arena_printf(arena, "%s%s%s", path, depth > 0 ? "/" : "", listing.list[0].name);
	}
	if (*path == '\0')
		return true;
	note(notes, arena, "everything lay in one folder, %s: its content was taken", path);
	return folder_raise(into, path, arena, diags);
}

/* Folders that hold a sign. */
struct places {
	const char **list;
	size_t count, capacity;
};

static bool places_find(struct places *places, const char *into, const struct signs *signs, enum sign sign,
                        struct arena *arena, struct diags *diags)
{
	char *paths[] = {arena_string(arena, into), NULL};
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (walk == NULL)
		return diags_errno(diags, "%s", into);
	for (FTSENT *entry; (entry = fts_read(walk)) != NULL;) {
		if (entry->fts_info != FTS_F || !is_sign(signs, sign, entry->fts_name))
			continue;
		size_t above = strlen(into), length = (size_t)entry->fts_pathlen - entry->fts_namelen - 1;
		const char *folder = length > above ? arena_copy(arena, entry->fts_path + above + 1, length - above - 1) : "";
		bool known = false;
		for (size_t i = 0; i < places->count && !known; i++)
			known = strcmp(places->list[i], folder) == 0;
		if (known)
			continue;
		places->list = arena_grow(arena, places->list, &places->capacity, places->count + 1, sizeof(*places->list));
		places->list[places->count++] = folder;
	}
	fts_close(walk);
	return true;
}

/* The one folder that all others lie in, or NULL. */
static const char *uppermost(const struct places *places)
{
	const char *top = places->count > 0 ? places->list[0] : NULL;
	for (size_t i = 1; i < places->count; i++) {
		if (strlen(places->list[i]) < strlen(top))
			top = places->list[i];
	}
	for (size_t i = 0; i < places->count; i++) {
		if (*top != '\0' && !path_lies_in(places->list[i], top))
			return NULL;
	}
	return top;
}

static bool several_refuse(const struct places *places, const struct signs *signs, enum sign sign, struct diags *diags)
{
	TEXT_AUTO list = {0};
	for (size_t i = 0; i < places->count && i < SHOWN_MOST; i++) {
		text_puts(&list, i > 0 ? ", " : "");
		text_escaped(&list, places->list[i], strlen(places->list[i]), 80, false);
	}
	if (places->count > SHOWN_MOST)
		text_printf(&list, " and %zu more", places->count - SHOWN_MOST);
	return diags_error(diags, "there is no %s at the top, but in several folders (%s): which is meant cannot be told",
	                   !signs->make         ? signs->names[0]
	                   : sign == SIGN_BUILD ? "Makefile"
	                                        : "source",
	                   text_string(&list));
}

/* A Makefile that reaches out of its folder cannot begin anew. */
static bool reaches_out(const char *folder, struct arena *arena)
{
	for (size_t i = 0; makefiles[i] != NULL; i++) {
		TEXT_AUTO rules = {0};
		if (file_read(arena_printf(arena, "%s/%s", folder, makefiles[i]), STARTER_BYTES, &rules) &&
		    strstr(text_string(&rules), "../") != NULL)
			return true;
	}
	return false;
}

bool top_find(const char *into, const struct intake_asked *asked, struct intake_notes *notes, struct arena *arena,
              struct diags *diags)
{
	struct listing listing;
	if (!top_unwrap(into, asked, notes, arena, diags))
		return false;
	if (asked == NULL)
		return true;
	struct signs signs = signs_of(asked, arena);
	if (!listing_read(&listing, into, arena, diags))
		return false;
	for (size_t i = 0; i < listing.count; i++) {
		const char *name = listing.list[i].name;
		if (listing.list[i].folder ? spoken_of(asked, name, arena) : !top_is_document(name))
			return true;
	}
	for (enum sign sign = SIGN_BUILD; sign < SIGNS; sign++) {
		struct places places = {0};
		if (!places_find(&places, into, &signs, sign, arena, diags))
			return false;
		if (places.count == 0)
			continue;
		const char *top = uppermost(&places);
		if (top == NULL)
			return several_refuse(&places, &signs, sign, diags);
		const char *folder = arena_printf(arena, "%s/%s", into, top);
		if (reaches_out(folder, arena))
			return diags_error(diags,
			                   "there is no Makefile at the top, and that of %s speaks of ../: where the build begins "
			                   "cannot be told",
			                   top);
		note(notes, arena, "%s lay in the folder %s: its content was taken",
		     sign == SIGN_BUILD && signs.make ? "the Makefile" : "the program", top);
		return folder_raise(into, top, arena, diags);
	}
	return true;
}
