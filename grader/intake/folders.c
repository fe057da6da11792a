#include "intake/layouts.h"

#include "intake/unpack.h"

#include "base/arena.h"

#include <string.h>
#include <strings.h>

static const char *folders_recognise(const struct intake *intake, const struct listing *listing)
{
	(void)intake;
	return listing->count > 0 ? "no platform's names were found: each folder, archive or file is one student's" : NULL;
}

/* "ada.tar.gz" is Ada's, and so is "ada.c". */
static const char *stem(const char *name, struct arena *arena)
{
	const char *dot = strrchr(name, '.');
	size_t length = unpack_stem(name);
	if (length == 0)
		length = dot != NULL && dot > name ? (size_t)(dot - name) : strlen(name);
	return arena_copy(arena, name, length);
}

/* A list or a database that somebody laid beside the submissions. */
static bool is_list(const char *name)
{
	static const char *const ends[] = {".csv", ".xlsx", ".xls", ".ods", ".db"};
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot != NULL && i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcasecmp(dot, ends[i]) == 0)
			return true;
	}
	return false;
}

static bool folders_read(struct intake *intake, const struct listing *listing, struct diags *diags)
{
	(void)diags;
	for (size_t i = 0; i < listing->count; i++) {
		const struct listing_entry *entry = &listing->list[i];
		if (entry->name[0] == '.') {
			intake_ignore(intake, entry->name, "its name begins with a full stop");
			continue;
		}
		if (!entry->folder && is_list(entry->name)) {
			intake_ignore(intake, entry->name, "a list, not a submission");
			continue;
		}
		struct intake_submission *submission =
			intake_of(intake, entry->folder ? entry->name : stem(entry->name, intake->arena));
		submission->login = submission->key;
		submission->name = submission->key;
		submission->email = strchr(submission->key, '@') != NULL ? submission->key : NULL;
		submission->folder = arena_string(intake->arena, entry->name);
		intake_part(intake, submission, entry->name, entry->folder ? NULL : entry->name);
	}
	return true;
}

const struct layout_reader folders_reader = {LAYOUT_FOLDERS, folders_recognise, folders_read};
