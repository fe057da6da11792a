#include "intake/layouts.h"

#include "base/arena.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A name of Canvas' "Download Submissions": [NAME_][LATE_](USER|anon_ID)_ATTACHMENT_FILE, or …_USER_text.html. */
struct canvas_name {
	const char *who; /* NULL: no name */
	const char *user;
	const char *file;
	bool late;
	const char *entry; /* what stands in place of a file: a text or a link typed into the page; NULL */
};

static bool digits(const char *at, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)at[i]))
			return false;
	}
	return length > 0;
}

static bool canvas_parse(const char *given, struct canvas_name *name, struct arena *arena)
{
	*name = (struct canvas_name){0};
	const char *at = given;
	size_t part = strcspn(at, "_");
	/* The first part is the name, unless what follows a name stands there already. */
	if (at[part] != '_')
		return false;
	if (!digits(at, part) && strncasecmp(at, "late_", 5) != 0 && strncmp(at, "anon_", 5) != 0) {
		name->who = arena_copy(arena, at, part);
		at += part + 1;
	}
	if (strncasecmp(at, "late_", 5) == 0) {
		name->late = true;
		at += 5;
	}
	bool anonymous = strncmp(at, "anon_", 5) == 0;
	part = anonymous ? 5 + strcspn(at + 5, "_") : strcspn(at, "_");
	if (at[part] != '_' || (!anonymous && !digits(at, part)))
		return false;
	name->user = arena_copy(arena, at, part);
	at += part + 1;
	if (strcmp(at, "text.html") == 0 || strcmp(at, "link.html") == 0) {
		name->entry = at;
		return true;
	}
	part = strcspn(at, "_");
	if (at[part] != '_' || !digits(at, part) || at[part + 1] == '\0')
		return false;
	name->file = arena_string(arena, at + part + 1);
	return true;
}

/* By most of the names: a list of grades or a note that somebody laid beside them does not make every file a person. */
static const char *canvas_recognise(const struct intake *intake, const struct listing *listing)
{
	size_t matching = 0;
	for (size_t i = 0; i < listing->count; i++) {
		struct canvas_name name;
		if (!listing->list[i].folder && canvas_parse(listing->list[i].name, &name, intake->arena))
			matching++;
	}
	if (2 * matching <= listing->count)
		return NULL;
	return matching == listing->count ? "every name has Canvas' form, NAME_USER_ATTACHMENT_FILE"
	                                  : "most names have Canvas' form, NAME_USER_ATTACHMENT_FILE";
}

static bool canvas_read(struct intake *intake, const struct listing *listing, struct diags *diags)
{
	(void)diags;
	for (size_t i = 0; i < listing->count; i++) {
		struct canvas_name name;
		const char *path = listing->list[i].name;
		if (listing->list[i].folder || !canvas_parse(path, &name, intake->arena)) {
			intake_ignore(intake, path, "its name has not Canvas' form, NAME_USER_ATTACHMENT_FILE");
			continue;
		}
		if (name.entry != NULL) {
			intake_ignore(intake, path, "typed into the page, not a file");
			continue;
		}
		struct intake_submission *submission = intake_of(intake, name.user);
		submission->name = name.who;
		submission->id = name.user;
		submission->late = submission->late || name.late;
		if (submission->folder == NULL)
			submission->folder =
				name.who != NULL ? arena_printf(intake->arena, "%s_%s", name.who, name.user) : name.user;
		intake_part(intake, submission, path, name.file);
	}
	return true;
}

const struct layout_reader canvas_reader = {LAYOUT_CANVAS, canvas_recognise, canvas_read};
