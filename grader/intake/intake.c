#include "intake/intake.h"

#include "intake/cut_off.h"
#include "intake/entries.h"
#include "intake/layouts.h"
#include "intake/unpack.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

NAMES_DEFINE(layout, LAYOUTS)

/* In the order in which they are tried: what is unmistakable comes first. */
static const struct layout_reader *const readers[] = {
	&gradescope_reader, &classroom50_reader, &submitty_reader, &moodle_reader,  &autolab_reader,
	&canvas_reader,     &github_reader,      &afs_reader,      &folders_reader,
};
enum { READERS = sizeof(readers) / sizeof(readers[0]), WRAPPED_LEAST = 4, WRAPPINGS_MOST = 8 };

static int entry_order(const void *a, const void *b)
{
	return strcmp(((const struct listing_entry *)a)->name, ((const struct listing_entry *)b)->name);
}

bool listing_read(struct listing *listing, const char *path, struct arena *arena, struct diags *diags)
{
	*listing = (struct listing){0};
	DIR *folder = opendir(path);
	if (folder == NULL)
		return diags_errno(diags, "%s", path);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		struct stat info;
		enum litter litter = entry_litter(entry->d_name);
		listing->macos = listing->macos || litter == LITTER_MACOS;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || litter != LITTER_NONE ||
		    (fstatat(dirfd(folder), entry->d_name, &info, 0) < 0 &&
		     fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0))
			continue;
		listing->list =
			arena_grow(arena, listing->list, &listing->capacity, listing->count + 1, sizeof(*listing->list));
		listing->list[listing->count++] =
			(struct listing_entry){arena_string(arena, entry->d_name), S_ISDIR(info.st_mode)};
		if (listing->count > INTAKE_SUBMISSIONS)
			break;
	}
	closedir(folder);
	if (listing->count > 1)
		qsort(listing->list, listing->count, sizeof(*listing->list), entry_order);
	if (listing->count > INTAKE_SUBMISSIONS)
		return diags_error(diags, "%s holds more than %d names", path, INTAKE_SUBMISSIONS);
	return true;
}

struct intake_submission *intake_of(struct intake *intake, const char *key)
{
	for (size_t i = intake->count; i > 0; i--) {
		if (strcmp(intake->submissions[i - 1].key, key) == 0)
			return &intake->submissions[i - 1];
	}
	intake->submissions = arena_grow(intake->arena, intake->submissions, &intake->capacity, intake->count + 1,
	                                 sizeof(*intake->submissions));
	struct intake_submission *submission = &intake->submissions[intake->count++];
	*submission = (struct intake_submission){.key = arena_string(intake->arena, key)};
	return submission;
}

void intake_part(struct intake *intake, struct intake_submission *submission, const char *path, const char *name)
{
	submission->parts = arena_grow(intake->arena, submission->parts, &submission->part_capacity,
	                               submission->part_count + 1, sizeof(*submission->parts));
	submission->parts[submission->part_count++] = (struct intake_part){
		arena_string(intake->arena, path), name != NULL ? arena_string(intake->arena, name) : NULL};
}

static void ignored_add(struct intake *intake, const char *sentence)
{
	intake->ignored = arena_grow(intake->arena, intake->ignored, &intake->ignored_capacity, intake->ignored_count + 1,
	                             sizeof(*intake->ignored));
	intake->ignored[intake->ignored_count++] = sentence;
}

void intake_ignore(struct intake *intake, const char *name, const char *why)
{
	TEXT_AUTO text = {0};
	text_escaped(&text, name, strlen(name), 200, false);
	text_printf(&text, ": %s", why);
	ignored_add(intake, arena_string(intake->arena, text_string(&text)));
}

const char *intake_file(const struct intake *intake, const char *name, size_t most, size_t *length)
{
	TEXT_AUTO content = {0};
	if (!file_read(arena_printf(intake->arena, "%s/%s", intake->root, name), most, &content))
		return NULL;
	*length = content.length;
	return arena_copy(intake->arena, text_string(&content), content.length);
}

static int submission_order(const void *a, const void *b)
{
	return strcmp(((const struct intake_submission *)a)->key, ((const struct intake_submission *)b)->key);
}

static bool archive_take(struct intake *intake, const char *path, struct unpack_told *told, struct diags *diags)
{
	const char *base = getenv("TMPDIR");
	char *folder =
		arena_printf(intake->arena, "%s/grader-intake-XXXXXX", base != NULL && base[0] == '/' ? base : "/tmp");
	if (mkdtemp(folder) == NULL)
		return diags_errno(diags, "a temporary folder %s", folder);
	intake->temporary = intake->root = folder;
	size_t before = diags->errors;
	if (unpack(path, folder, &unpack_class, told, diags))
		return true;
	if (diags->errors > before)
		diags_error(diags, "%s was refused", path);
	return false;
}

static bool layout_take(struct intake *intake, const struct listing *listing, const enum layout *given,
                        struct diags *diags)
{
	for (size_t i = 0; i < READERS; i++) {
		const char *because = given == NULL ? readers[i]->recognise(intake, listing) : "it was given";
		if (because == NULL || (given != NULL && readers[i]->layout != *given))
			continue;
		intake->layout = readers[i]->layout;
		intake->because = because;
		return readers[i]->read(intake, listing, diags);
	}
	return diags_error(diags, "%s holds nothing that looks like submissions", intake->root);
}

/* A name that a program's own folders have, and nobody has. */
static bool is_project_name(const char *name)
{
	static const char *const names[] = {"src", "source", "include", "lib", "test", "tests", "client", "server",
	                                    "bin", "build",  "target",  "doc", "docs", "obj",   "data",   "common"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* True when what lies in it are submissions: by a platform's names, or (a folder of the user's own is taken at its word) by
 * folders and archives; a few other files among many folders are still a class. */
static bool holds_people(const struct intake *intake, const struct listing *listing)
{
	size_t people = 0;
	for (size_t i = 0; i + 1 < READERS; i++) {
		if (readers[i]->recognise(intake, listing) != NULL)
			return true;
	}
	for (size_t i = 0; i < listing->count; i++) {
		if (listing->list[i].folder && is_project_name(listing->list[i].name))
			return false;
		people += listing->list[i].folder || unpack_is_archive(listing->list[i].name);
	}
	return intake->temporary != NULL && people > 0 &&
	       (people == listing->count || (people >= WRAPPED_LEAST && 5 * people >= 4 * listing->count));
}

/* Wrapping folders, as in an archive made of one folder, give way to what is in them; but one student's folder is no
 * wrapping.  False with `diags`. */
static bool wrapping_pass(struct intake *intake, struct listing *listing, struct diags *diags)
{
	struct intake inside = *intake;
	struct listing deeper = *listing;
	for (unsigned depth = 0; depth < WRAPPINGS_MOST && deeper.count == 1 && deeper.list[0].folder; depth++) {
		if (moodle_reader.recognise(&inside, &deeper) != NULL || submitty_reader.recognise(&inside, &deeper) != NULL)
			break;
		bool macos = deeper.macos;
		inside.root = arena_printf(intake->arena, "%s/%s", inside.root, deeper.list[0].name);
		if (!listing_read(&deeper, inside.root, intake->arena, diags))
			return false;
		deeper.macos = deeper.macos || macos;
		/* A single folder is looked into before it is taken for a student. */
		if ((deeper.count != 1 || !deeper.list[0].folder || depth == 0) && holds_people(&inside, &deeper)) {
			intake->root = inside.root;
			*listing = deeper;
		}
	}
	return true;
}

bool path_lies_in(const char *path, const char *folder)
{
	size_t length = strlen(folder);
	return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

const char *intake_below(const struct intake *intake, const char *path)
{
	size_t wrapping = strlen(intake->root) - strlen(intake->temporary);
	const char *wrapper = intake->root + strlen(intake->root) - (wrapping > 0 ? wrapping - 1 : 0);
	return *wrapper != '\0' && path_lies_in(path, wrapper) && path[wrapping - 1] == '/' ? path + wrapping : path;
}

const char *intake_refused(const struct intake *intake, const struct intake_submission *submission)
{
	for (size_t i = 0; i < intake->refusal_count; i++) {
		for (size_t j = 0; j < submission->part_count; j++) {
			if (path_lies_in(intake->refusals[i].path, submission->parts[j].path))
				return intake->refusals[i].why;
		}
	}
	return NULL;
}

void intake_refuse(struct intake *intake, const char *path, const char *why)
{
	intake->refusals = arena_grow(intake->arena, intake->refusals, &intake->refusal_capacity, intake->refusal_count + 1,
	                              sizeof(*intake->refusals));
	intake->refusals[intake->refusal_count++] = (struct intake_refusal){path, why};
}

/* What an archive held and may not: told at once where no submission has it. */
static void refusals_take(struct intake *intake, const struct unpack_told *told)
{
	for (size_t i = 0; i < told->count; i++) {
		const char *path = intake_below(intake, told->refused[i].path), *why = told->refused[i].why;
		bool owned = false;
		for (size_t j = 0; j < intake->count && !owned; j++) {
			for (size_t k = 0; k < intake->submissions[j].part_count && !owned; k++)
				owned = path_lies_in(path, intake->submissions[j].parts[k].path);
		}
		if (owned) {
			intake_refuse(intake, path, why);
		} else {
			ignored_add(intake, why);
			intake->orphans++;
		}
	}
}

bool intake_open(struct intake *intake, const char *path, const enum layout *layout, struct arena *arena,
                 struct diags *diags)
{
	struct stat info;
	struct listing listing;
	struct unpack_told told = {.arena = arena};
	*intake = (struct intake){.arena = arena, .root = path};
	if (stat(path, &info) < 0)
		return diags_errno(diags, "%s", path);
	bool good = (S_ISDIR(info.st_mode) || archive_take(intake, path, &told, diags)) &&
	            listing_read(&listing, intake->root, arena, diags) &&
	            (layout != NULL || wrapping_pass(intake, &listing, diags)) &&
	            layout_take(intake, &listing, layout, diags);
	if (good && intake->temporary != NULL)
		refusals_take(intake, &told);
	if (good && told.cut != NULL)
		good = cut_off_take(intake, &told, diags) || diags_error(diags, "%s was refused", path);
	if (good && (listing.macos || told.macos))
		ignored_add(intake, "what macOS had added (__MACOSX, .DS_Store, ._NAME)");
	if (good && intake->count == 0)
		good = diags_error(diags, "%s holds no submission", path);
	if (good && intake->count > 1)
		qsort(intake->submissions, intake->count, sizeof(*intake->submissions), submission_order);
	if (!good)
		intake_close(intake);
	return good;
}

void intake_close(struct intake *intake)
{
	if (intake->temporary != NULL)
		folder_remove(intake->temporary);
	intake->temporary = NULL;
}
