#include "intake/layouts.h"

#include "intake/unpack.h"

#include "base/arena.h"
#include "base/diag.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What Autolab keeps and lets one download: EMAIL_VERSION_HANDIN, or in the folder EMAIL VERSION_HANDIN.  HANDIN is the
 * assessment's one file name.  When that has underscores itself, the download has the address before the last two of all
 * parts: VERSION_echo_EMAIL_server_c.tar for echo_server_c.tar.  What graders add (annotated_…, …_autograde.txt) is beside
 * it. */
struct autolab_name {
	const char *email, *file;
	unsigned long version;
};

static bool version_take(const char **at, unsigned long *version)
{
	const char *digit = *at;
	while (isdigit((unsigned char)*digit))
		digit++;
	if (digit == *at || *digit != '_' || digit - *at > 9)
		return false;
	*version = strtoul(*at, NULL, 10);
	*at = digit + 1;
	return true;
}

static bool graders_own(const char *name)
{
	static const char feedback[] = "_autograde.txt";
	size_t length = strlen(name), tail = sizeof(feedback) - 1;
	return strncmp(name, "annotated_", 10) == 0 || (length > tail && strcmp(name + length - tail, feedback) == 0);
}

/* `before`: how many bytes of the file's name stand ahead of the address, in all names alike. */
static bool autolab_parse(const char *given, size_t before, struct autolab_name *name, struct arena *arena)
{
	const char *at = strchr(given, '@'), *behind = at != NULL ? strchr(at, '_') : NULL, *rest = behind;
	*name = (struct autolab_name){0};
	if (at == NULL || behind == NULL || at == given || behind == at + 1 || behind[1] == '\0')
		return false;
	rest++;
	if (version_take(&rest, &name->version) && *rest != '\0') {
		name->email = arena_copy(arena, given, (size_t)(behind - given));
		name->file = arena_string(arena, rest);
		return true;
	}
	const char *start = given;
	if (!version_take(&start, &name->version) || start + before >= at)
		return false;
	name->email = arena_copy(arena, start + before, (size_t)(behind - start) - before);
	name->file = arena_printf(arena, "%.*s%s", (int)before, start, behind + 1);
	return true;
}

/* Of names with the address within the file's name: how much of that is ahead of it, which is what all of them have in
 * common up to an underscore. */
static size_t common_before(const struct listing *listing)
{
	const char *first = NULL;
	size_t length = 0;
	for (size_t i = 0; i < listing->count; i++) {
		const char *at = listing->list[i].name, *sign = strchr(at, '@');
		unsigned long version;
		if (listing->list[i].folder || sign == NULL || !version_take(&at, &version) || at > sign)
			continue;
		size_t same = 0, most = first == NULL ? (size_t)(sign - at) : length;
		while (same < most && at[same] != '@' && (first == NULL || at[same] == first[same]))
			same++;
		first = first == NULL ? at : first;
		length = same;
	}
	/* All of one person: nothing says where the address begins. */
	if (first != NULL && first[length] == '@')
		return 0;
	while (length > 0 && first[length - 1] != '_')
		length--;
	return length;
}

static bool is_handin_folder(const struct intake *intake, const char *name)
{
	struct listing inside;
	struct diags ignored;
	unsigned long version;
	diags_init(&ignored, intake->arena);
	if (strchr(name, '@') == NULL ||
	    !listing_read(&inside, arena_printf(intake->arena, "%s/%s", intake->root, name), intake->arena, &ignored))
		return false;
	for (size_t i = 0; i < inside.count; i++) {
		const char *at = inside.list[i].name;
		if (inside.list[i].folder || (!graders_own(at) && !version_take(&at, &version)))
			return false;
	}
	return inside.count > 0;
}

static const char *autolab_recognise(const struct intake *intake, const struct listing *listing)
{
	size_t files = 0, folders = 0, before = common_before(listing);
	for (size_t i = 0; i < listing->count; i++) {
		struct autolab_name name;
		if (listing->list[i].folder)
			folders += is_handin_folder(intake, listing->list[i].name);
		else
			files += autolab_parse(listing->list[i].name, before, &name, intake->arena);
	}
	if (2 * files > listing->count)
		return "names have Autolab's form, ADDRESS_VERSION_FILE";
	return 2 * folders > listing->count ? "folders have Autolab's form, ADDRESS/VERSION_FILE" : NULL;
}

/* Whatever a student handed in last is what counts. */
static void version_add(struct intake *intake, const struct autolab_name *name, const char *path)
{
	struct intake_submission *submission = intake_of(intake, name->email);
	const char *older = path;
	if (submission->part_count == 0) {
		submission->email = submission->login = submission->key;
		submission->folder = arena_string(intake->arena, submission->key);
		intake_part(intake, submission, path, name->file);
		submission->version = name->version;
		return;
	}
	if (name->version > submission->version) {
		older = submission->parts[0].path;
		submission->parts[0].path = arena_string(intake->arena, path);
		submission->parts[0].name = name->file;
		submission->version = name->version;
	}
	submission->chosen =
		arena_printf(intake->arena, "of several versions the last one, %lu, was taken", submission->version);
	intake_ignore(intake, older, "the student handed in another version later");
}

static bool folder_read(struct intake *intake, const char *email, struct diags *diags)
{
	struct listing inside;
	if (!listing_read(&inside, arena_printf(intake->arena, "%s/%s", intake->root, email), intake->arena, diags))
		return false;
	for (size_t i = 0; i < inside.count; i++) {
		struct autolab_name name = {.email = email};
		const char *at = inside.list[i].name, *path = arena_printf(intake->arena, "%s/%s", email, at);
		if (graders_own(at) || inside.list[i].folder || !version_take(&at, &name.version)) {
			intake_ignore(intake, path, "not a file that was handed in");
			continue;
		}
		name.file = at;
		version_add(intake, &name, path);
	}
	return true;
}

static bool autolab_read(struct intake *intake, const struct listing *listing, struct diags *diags)
{
	size_t before = common_before(listing);
	for (size_t i = 0; i < listing->count; i++) {
		struct autolab_name name;
		const char *path = listing->list[i].name;
		if (listing->list[i].folder && strchr(path, '@') != NULL) {
			if (!folder_read(intake, path, diags))
				return false;
		} else if (graders_own(path)) {
			intake_ignore(intake, path, "not a file that was handed in");
		} else if (listing->list[i].folder || !autolab_parse(path, before, &name, intake->arena)) {
			intake_ignore(intake, path, "its name has not Autolab's form, ADDRESS_VERSION_FILE");
		} else {
			version_add(intake, &name, path);
		}
	}
	return true;
}

const struct layout_reader autolab_reader = {LAYOUT_AUTOLAB, autolab_recognise, autolab_read};
