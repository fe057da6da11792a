#include "intake/layouts.h"

#include "base/arena.h"
#include "base/diag.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Submitty keeps submissions/ASSIGNMENT/WHO/VERSION/ with user_assignment_settings.json beside the versions, which says
 * the one that counts; its downloads have submissions/WHO/VERSION/, submissions/WHO/ (only the one that counts) or WHO/, and
 * beside them checkout/ (of repositories) and results/ (of its own grading). */
static const char settings[] = "user_assignment_settings.json", stamp[] = ".submit.timestamp";
enum { SETTINGS_BYTES = 1 << 20 };

static bool is_version(const char *name)
{
	size_t length = strspn(name, "0123456789");
	return length > 0 && length < 9 && name[length] == '\0' && name[0] != '0';
}

static bool is_file(const struct intake *intake, const char *path)
{
	struct stat info;
	return lstat(arena_printf(intake->arena, "%s/%s", intake->root, path), &info) == 0 && S_ISREG(info.st_mode);
}

/* What lies in a student's folder. */
struct versions {
	bool settings;
	bool others; /* something that is neither a version nor the settings */
	unsigned long last;
	size_t count;
};

static bool versions_read(const struct intake *intake, const char *who, struct versions *versions)
{
	struct listing listing;
	struct diags ignored;
	diags_init(&ignored, intake->arena);
	*versions = (struct versions){0};
	if (!listing_read(&listing, arena_printf(intake->arena, "%s/%s", intake->root, who), intake->arena, &ignored))
		return false;
	for (size_t i = 0; i < listing.count; i++) {
		const char *name = listing.list[i].name;
		if (listing.list[i].folder && is_version(name)) {
			unsigned long version = strtoul(name, NULL, 10);
			versions->count++;
			versions->last = version > versions->last ? version : versions->last;
		} else if (strcmp(name, settings) == 0) {
			versions->settings = true;
		} else {
			versions->others = true;
		}
	}
	return true;
}

/* The folder that holds the students, with a slash behind it: the checkout/ of an assignment that is handed in as
 * repositories, submissions/, or "", the root itself. */
static const char *place_of(const struct listing *listing)
{
	const char *place = "";
	for (size_t i = 0; i < listing->count; i++) {
		const char *name = listing->list[i].name;
		if (listing->list[i].folder && strcmp(name, "checkout") == 0)
			return "checkout/";
		if (listing->list[i].folder && strcmp(name, "submissions") == 0)
			place = "submissions/";
	}
	return place;
}

/* The greatest version in a folder that has nothing but versions in it; 0: it is no such folder. */
static unsigned long versions_alone(const struct intake *intake, const char *who)
{
	unsigned long last = 0;
	DIR *folder = opendir(arena_printf(intake->arena, "%s/%s", intake->root, who));
	for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!is_version(entry->d_name)) {
			last = 0;
			break;
		}
		unsigned long version = strtoul(entry->d_name, NULL, 10);
		last = version > last ? version : last;
	}
	if (folder != NULL)
		closedir(folder);
	return last;
}

static bool is_submittys(const struct intake *intake, const char *place, const struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		const char *who = arena_printf(intake->arena, "%s%s", place, listing->list[i].name);
		if (!listing->list[i].folder)
			continue;
		if (is_file(intake, arena_printf(intake->arena, "%s/%s", who, settings)) ||
		    is_file(intake, arena_printf(intake->arena, "%s/%s", who, stamp)))
			return true;
		unsigned long last = versions_alone(intake, who);
		if (last > 0 && is_file(intake, arena_printf(intake->arena, "%s/%lu/%s", who, last, stamp)))
			return true;
	}
	return false;
}

static bool place_list(const struct intake *intake, const char *place, const struct listing *listing,
                       struct listing *people, struct diags *diags)
{
	*people = *listing;
	return *place == '\0' ||
	       listing_read(people, arena_printf(intake->arena, "%s/%s", intake->root, place), intake->arena, diags);
}

static const char *submitty_recognise(const struct intake *intake, const struct listing *listing)
{
	struct listing people;
	struct diags ignored;
	diags_init(&ignored, intake->arena);
	/* Its marks lie with the submissions, also where the files do not. */
	const char *place = strcmp(place_of(listing), "checkout/") == 0 ? "submissions/" : place_of(listing);
	if (!place_list(intake, place, listing, &people, &ignored) || !is_submittys(intake, place, &people))
		return NULL;
	return "folders hold Submitty's user_assignment_settings.json or .submit.timestamp";
}

/* The version that counts, by the settings: -1 when they do not say. */
static long active_version(const struct intake *intake, const char *who)
{
	size_t length = 0;
	const char *bytes =
		intake_file(intake, arena_printf(intake->arena, "%s/%s", who, settings), SETTINGS_BYTES, &length);
	const char *at = bytes != NULL ? strstr(bytes, "\"active_version\"") : NULL;
	if (at == NULL)
		return -1;
	at += strlen("\"active_version\"");
	while (isspace((unsigned char)*at) || *at == ':')
		at++;
	size_t digits = strspn(at, "0123456789");
	return digits > 0 && digits < 9 ? strtol(at, NULL, 10) : -1;
}

static void person_read(struct intake *intake, const char *place, const char *who)
{
	struct versions versions;
	const char *folder = arena_printf(intake->arena, "%s%s", place, who), *path = folder, *chosen = NULL;
	bool checkout = strcmp(place, "checkout/") == 0;
	long active = active_version(intake, checkout ? arena_printf(intake->arena, "submissions/%s", who) : folder);
	if (active == 0) {
		intake_ignore(intake, folder, "no version of it is to be graded: the student has cancelled it");
		return;
	}
	if (!versions_read(intake, folder, &versions))
		return;
	/* Its own files may be called as versions are, too: only what has nothing else beside them is a list of versions. */
	bool listed = versions.count > 0 && !versions.others;
	if (listed) {
		unsigned long version = active > 0 ? (unsigned long)active : versions.last;
		path = arena_printf(intake->arena, "%s/%lu", folder, version);
		struct stat info;
		if (stat(arena_printf(intake->arena, "%s/%s", intake->root, path), &info) < 0) {
			intake_ignore(intake, folder,
			              arena_printf(intake->arena, "its version %lu, which counts, is not there", version));
			return;
		}
		if (versions.count > 1)
			chosen = arena_printf(intake->arena, "of %zu versions %lu was taken, %s", versions.count, version,
			                      active > 0 ? "which the student chose" : "the last one");
	} else if (versions.settings && versions.count == 0 && !versions.others) {
		intake_ignore(intake, folder, "there is no version in it");
		return;
	}
	struct intake_submission *submission = intake_of(intake, who);
	submission->login = submission->key;
	submission->folder = arena_string(intake->arena, folder);
	submission->chosen = chosen;
	intake_part(intake, submission, path, NULL);
}

static bool submitty_read(struct intake *intake, const struct listing *listing, struct diags *diags)
{
	struct listing people;
	const char *place = place_of(listing);
	if (!place_list(intake, place, listing, &people, diags))
		return false;
	for (size_t i = 0; *place != '\0' && i < listing->count; i++) {
		const char *name = listing->list[i].name;
		if (strlen(name) + 1 != strlen(place) || strncmp(name, place, strlen(name)) != 0)
			intake_ignore(intake, name, "not what was handed in");
	}
	for (size_t i = 0; i < people.count; i++) {
		if (people.list[i].folder)
			person_read(intake, place, people.list[i].name);
		else
			intake_ignore(intake, people.list[i].name, "not a student's folder");
	}
	return true;
}

const struct layout_reader submitty_reader = {LAYOUT_SUBMITTY, submitty_recognise, submitty_read};
