#include "intake/layouts.h"

#include "base/arena.h"

#include <ctype.h>
#include <string.h>

/* A name of Moodle's "Download all submissions": NAME_NUMBER_assignsubmission_file_ (a folder), or the same with _FILE
 * behind it.  The number is of the assignment's own counting, not the user's. */
struct moodle_name {
	const char *who, *number, *file;
	const char *plugin; /* "file", "onlinetext" */
};

static bool moodle_parse(const char *given, struct moodle_name *name, struct arena *arena)
{
	static const char mark[] = "_assignsubmission_";
	const char *at = strstr(given, mark);
	if (at == NULL)
		return false;
	const char *number = at;
	while (number > given && isdigit((unsigned char)number[-1]))
		number--;
	if (number == at || number < given + 2 || number[-1] != '_')
		return false;
	const char *plugin = at + sizeof(mark) - 1;
	size_t length = strcspn(plugin, "_");
	*name = (struct moodle_name){.who = arena_copy(arena, given, (size_t)(number - 1 - given)),
	                             .number = arena_copy(arena, number, (size_t)(at - number)),
	                             .plugin = arena_copy(arena, plugin, length)};
	name->file = plugin[length] == '_' && plugin[length + 1] != '\0' ? arena_string(arena, plugin + length + 1) : NULL;
	return true;
}

static const char *moodle_recognise(const struct intake *intake, const struct listing *listing)
{
	struct moodle_name name;
	for (size_t i = 0; i < listing->count; i++) {
		if (moodle_parse(listing->list[i].name, &name, intake->arena))
			return "names have Moodle's form, NAME_NUMBER_assignsubmission_file_";
	}
	return NULL;
}

static bool moodle_read(struct intake *intake, const struct listing *listing, struct diags *diags)
{
	(void)diags;
	for (size_t i = 0; i < listing->count; i++) {
		struct moodle_name name;
		const char *path = listing->list[i].name;
		if (!moodle_parse(path, &name, intake->arena)) {
			intake_ignore(intake, path, "its name has not Moodle's form, NAME_NUMBER_assignsubmission_file_");
			continue;
		}
		if (strcmp(name.plugin, "file") != 0) {
			intake_ignore(intake, path, "typed into the page, not a file");
			continue;
		}
		bool blind = strcmp(name.who, "Participant") == 0;
		struct intake_submission *submission =
			intake_of(intake, arena_printf(intake->arena, "%s_%s", name.who, name.number));
		/* The folder's name is kept word for word: Moodle's feedback import takes it apart. */
		submission->folder = listing->list[i].folder
		                         ? arena_string(intake->arena, path)
		                         : arena_printf(intake->arena, "%s_%s_assignsubmission_file_", name.who, name.number);
		submission->participant = arena_printf(intake->arena, "Participant %s", name.number);
		submission->name = blind ? submission->participant : name.who;
		intake_part(intake, submission, path, listing->list[i].folder ? NULL : name.file != NULL ? name.file : path);
	}
	return true;
}

const struct layout_reader moodle_reader = {LAYOUT_MOODLE, moodle_recognise, moodle_read};
