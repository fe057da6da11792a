#include "intake/intake.h"

#include "intake/gather.h"
#include "intake/layouts.h"
#include "intake/repair.h"
#include "intake/top.h"
#include "intake/unpack.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MENTION_BYTES = 4 << 20, NESTED_MOST = 4 };

/* Name without "-N" before its ending, N from 1 to 99, as Canvas adds it to a file handed in again; NULL: has none. */
static const char *without_suffix(const char *name, struct arena *arena)
{
	const char *dot = strrchr(name, '.');
	size_t end = dot != NULL && dot > name ? (size_t)(dot - name) : strlen(name);
	size_t at = end;
	while (at > 0 && isdigit((unsigned char)name[at - 1]))
		at--;
	if (at == end || end - at > 2 || name[at] == '0' || at < 2 || name[at - 1] != '-')
		return NULL;
	return arena_printf(arena, "%.*s%s", (int)(at - 1), name, name + end);
}

/* True when some file of the submission speaks of the name: then it is the student's own. */
static bool mentioned(const struct intake *intake, const struct intake_submission *submission, const char *name)
{
	for (size_t i = 0; i < submission->part_count; i++) {
		size_t length;
		const char *content = intake_file(intake, submission->parts[i].path, MENTION_BYTES, &length);
		if (content != NULL && memmem(content, length, name, strlen(name)) != NULL)
			return true;
	}
	return false;
}

static const char *own_name(const struct intake *intake, const struct intake_submission *submission, const char *name,
                            struct intake_notes *notes, struct arena *arena)
{
	const char *plain = intake->layout == LAYOUT_CANVAS ? without_suffix(name, arena) : NULL;
	if (plain == NULL || unpack_is_archive(name))
		return name;
	for (size_t i = 0; i < submission->part_count; i++) {
		if (submission->parts[i].name != NULL && strcmp(submission->parts[i].name, plain) == 0)
			return name;
	}
	if (mentioned(intake, submission, name))
		return name;
	note(notes, arena, "%s was taken as %s: Canvas adds the number to a file that is handed in again", name, plain);
	return plain;
}

static bool archive_take(struct gathering *gathering, const char *path, const char *name, const char *into,
                         struct intake_notes *notes)
{
	struct unpack_told told = {0};
	size_t before = gathering->diags->errors;
	if (unpack(path, into, &unpack_student, &told, gathering->diags)) {
		gathering->macos = gathering->macos || told.macos;
		note(notes, gathering->arena, "%s was unpacked", name);
		return true;
	}
	enum unpack_foreign kind;
	struct stat info;
	const char *foreign = unpack_foreign(path, &kind);
	if (foreign != NULL && kind != FOREIGN_ONE)
		diags_error(gathering->diags, "in truth it is %s", foreign);
	else if (stat(path, &info) == 0 && info.st_size == 0)
		diags_error(gathering->diags, "it is empty");
	if (gathering->diags->errors > before)
		diags_error(gathering->diags, "the archive %s was refused", name);
	return false;
}

/* An archive that a student handed in, or a file or folder as it is. */
static bool part_take(struct gathering *gathering, const char *path, const char *name, const char *into,
                      struct intake_notes *notes)
{
	return unpack_is_archive(name) ? archive_take(gathering, path, name, into, notes)
	                               : gather(gathering, AT_FDCWD, path, name, 0);
}

static bool folder_take(struct gathering *gathering, const char *path, const char *into, struct intake_notes *notes)
{
	struct listing listing;
	struct stat info;
	if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode))
		return diags_error(gathering->diags, "the folder is a link; hand in the files themselves");
	if (!listing_read(&listing, path, gathering->arena, gathering->diags))
		return false;
	bool good = true;
	gathering->macos = gathering->macos || listing.macos;
	for (size_t i = 0; good && i < listing.count; i++) {
		const char *name = listing.list[i].name;
		good = part_take(gathering, arena_printf(gathering->arena, "%s/%s", path, name), name, into, notes);
	}
	return good;
}

/* The one archive that lies alone or among documents; NULL: there is no such. */
static const char *only_archive(const struct listing *listing)
{
	const char *name = NULL;
	for (size_t i = 0; i < listing->count; i++) {
		const char *other = listing->list[i].name;
		bool archive = !listing->list[i].folder && unpack_is_archive(other);
		if (archive ? name != NULL : listing->list[i].folder || !top_is_document(other))
			return NULL;
		name = archive ? other : name;
	}
	return name;
}

/* An archive that is all there is, as often as there is one: the student packed it twice. */
static bool inner_take(struct gathering *gathering, const char *into, const struct intake_asked *asked,
                       struct intake_notes *notes)
{
	struct arena *arena = gathering->arena;
	for (unsigned depth = 0;; depth++) {
		struct listing listing;
		if (!top_unwrap(into, asked, notes, arena, gathering->diags) ||
		    !listing_read(&listing, into, arena, gathering->diags))
			return false;
		const char *name = only_archive(&listing);
		if (name == NULL)
			return true;
		if (depth == NESTED_MOST)
			return diags_error(gathering->diags, "%s lies in too many archives", name);
		const char *given = arena_printf(arena, "%s/%s", into, name), *packed = arena_printf(arena, "%s/.packed", into);
		if (rename(given, packed) < 0)
			return diags_errno(gathering->diags, "%s", given);
		if (!archive_take(gathering, packed, name, into, notes))
			return false;
		if (unlink(packed) < 0)
			return diags_errno(gathering->diags, "%s", packed);
	}
}

/* What nobody can build: an archive of a kind that is not read, a lone packed file, a repository without its files. */
static bool packed_refuse(const char *into, struct arena *arena, struct diags *diags)
{
	struct listing listing;
	size_t git = 0;
	if (!listing_read(&listing, into, arena, diags))
		return false;
	for (size_t i = 0; i < listing.count; i++) {
		const char *name = listing.list[i].name;
		git += strcmp(name, "HEAD") == 0 || strcmp(name, "objects") == 0 || strcmp(name, "refs") == 0;
		if (git == 3)
			return diags_error(diags,
			                   "it is a bare git repository; hand in the files themselves, as git clone gives them");
		enum unpack_foreign kind;
		const char *what = unpack_foreign(arena_printf(arena, "%s/%s", into, name), &kind);
		if (what != NULL && (kind == FOREIGN_MANY || (kind == FOREIGN_ONE && listing.count == 1)))
			return diags_error(diags, "%s is %s, which is not read here; it has to be handed in as .zip or .tar.gz",
			                   name, what);
	}
	return true;
}

static bool parts_take(const struct intake *intake, const struct intake_submission *submission, const char *into,
                       struct intake_notes *notes, struct arena *arena, struct diags *diags)
{
	FD_AUTO to = open(into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return diags_errno(diags, "%s", into);
	struct gathering gathering = {.arena = arena, .diags = diags, .names.arena = arena, .into = to};
	const char *refused = intake_refused(intake, submission);
	bool good = refused == NULL || diags_error(diags, "%s", refused);
	for (size_t i = 0; good && i < submission->part_count; i++) {
		const struct intake_part *part = &submission->parts[i];
		const char *path = arena_printf(arena, "%s/%s", intake->root, part->path);
		if (part->name == NULL)
			good = folder_take(&gathering, path, into, notes);
		else
			good = part_take(&gathering, path, own_name(intake, submission, part->name, notes, arena), into, notes);
	}
	good = good && inner_take(&gathering, into, intake->asked, notes) && packed_refuse(into, arena, diags) &&
	       top_find(into, intake->asked, notes, arena, diags);
	if (good && gathering.macos)
		note(notes, arena, "what macOS had added (__MACOSX, .DS_Store, ._NAME) was left out");
	return good;
}

bool intake_prepare(const struct intake *given, const struct intake_submission *submission, const char *into,
                    struct intake_notes *notes, struct arena *arena, struct diags *diags)
{
	struct intake intake = *given;
	intake.arena = arena;
	*notes = (struct intake_notes){0};
	if (submission->chosen != NULL)
		note(notes, arena, "%s", submission->chosen);
	if (!parts_take(&intake, submission, into, notes, arena, diags) || !repair(into, notes, arena, diags))
		return false;
	struct listing listing;
	if (!listing_read(&listing, into, arena, diags))
		return false;
	return listing.count > 0 || diags_error(diags, "there is no file in it");
}

bool intake_archive(const char *path, const char *into, const struct intake_asked *asked, struct intake_notes *notes,
                    struct arena *arena, struct diags *diags)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	struct intake_part part = {.path = name, .name = name};
	struct intake_submission submission = {.parts = &part, .part_count = 1};
	struct intake intake = {.layout = LAYOUT_FOLDERS,
	                        .asked = asked,
	                        .root = slash != NULL ? arena_copy(arena, path, (size_t)(slash - path)) : "."};
	return intake_prepare(&intake, &submission, into, notes, arena, diags);
}
