#include "intake/layouts.h"

#include "base/arena.h"

#include <string.h>
#include <sys/stat.h>

/* Repositories are named ASSIGNMENT-USER (GitHub Classroom), CLASSROOM-ASSIGNMENT-USER (Classroom 50) or, in a course's
 * hand-in folder on AFS, USER-COURSE-PROJECT. */

static const char marker[] = ".classroom50.yaml";

static bool marked(const struct intake *intake, const char *folder)
{
	struct stat info;
	return lstat(arena_printf(intake->arena, "%s/%s/%s", intake->root, folder, marker), &info) == 0 &&
	       S_ISREG(info.st_mode);
}

static const char *classroom50_recognise(const struct intake *intake, const struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		if (listing->list[i].folder && marked(intake, listing->list[i].name))
			return "repositories hold Classroom 50's .classroom50.yaml";
	}
	return NULL;
}

/* The slug that `gh classroom clone` put before "-submissions", with its hyphen; NULL: the root has another name. */
static const char *slug_of(const struct intake *intake)
{
	const char *slash = strrchr(intake->root, '/');
	const char *name = slash != NULL ? slash + 1 : intake->root;
	const char *end = strstr(name, "-submissions");
	if (end == NULL || end == name || end[strlen("-submissions")] != '\0')
		return NULL;
	return arena_printf(intake->arena, "%.*s-", (int)(end - name), name);
}

static const char *github_recognise(const struct intake *intake, const struct listing *listing)
{
	const char *slug = slug_of(intake);
	for (size_t i = 0; i < listing->count; i++) {
		if (slug != NULL && listing->list[i].folder && strncmp(listing->list[i].name, slug, strlen(slug)) == 0)
			return "the folder ASSIGNMENT-submissions holds repositories ASSIGNMENT-USER, as GitHub Classroom's";
	}
	return NULL;
}

/* What all folders begin with, up to a hyphen. */
static size_t common_beginning(const struct listing *listing)
{
	const char *first = NULL;
	size_t length = 0;
	for (size_t i = 0; i < listing->count; i++) {
		const char *name = listing->list[i].name;
		if (!listing->list[i].folder)
			continue;
		if (first == NULL) {
			first = name;
			length = strlen(name);
		}
		size_t same = 0;
		while (same < length && name[same] == first[same])
			same++;
		length = same;
	}
	while (length > 0 && first[length - 1] != '-')
		length--;
	return length;
}

static bool repositories_read(struct intake *intake, const struct listing *listing, struct diags *diags)
{
	(void)diags;
	const char *slug = slug_of(intake);
	size_t common = common_beginning(listing);
	for (size_t i = 0; i < listing->count; i++) {
		const char *name = listing->list[i].name;
		if (!listing->list[i].folder) {
			intake_ignore(intake, name, "not a repository's folder");
			continue;
		}
		size_t before = slug != NULL ? strlen(slug) : common;
		if (slug != NULL && strncmp(name, slug, before) != 0) {
			intake_ignore(intake, name, "not a repository of this assignment");
			continue;
		}
		const char *user = name[before] != '\0' ? name + before : name;
		struct intake_submission *submission = intake_of(intake, user);
		submission->login = submission->key;
		submission->folder = arena_string(intake->arena, name);
		intake_part(intake, submission, name, NULL);
	}
	return true;
}

const struct layout_reader github_reader = {LAYOUT_GITHUB, github_recognise, repositories_read};
const struct layout_reader classroom50_reader = {LAYOUT_CLASSROOM50, classroom50_recognise, repositories_read};

/* What stands behind the user's name in all folders alike: a hyphen and a word with a digit in it (a course's number, a
 * project's).  NULL: there is no such. */
static const char *common_end(const struct listing *listing)
{
	const char *end = NULL;
	size_t folders = 0;
	for (size_t i = 0; i < listing->count; i++) {
		const char *name = listing->list[i].name, *hyphen = strchr(name, '-');
		if (!listing->list[i].folder)
			continue;
		if (hyphen == NULL || hyphen == name || (end != NULL && strcmp(hyphen, end) != 0))
			return NULL;
		end = hyphen;
		folders++;
	}
	bool telling = folders > 1 && strpbrk(end, "0123456789") != NULL && strlen(end) > 3;
	return telling ? end : NULL;
}

static const char *afs_recognise(const struct intake *intake, const struct listing *listing)
{
	(void)intake;
	return common_end(listing) != NULL ? "folders are named USER-PROJECT, the project being one" : NULL;
}

static bool afs_read(struct intake *intake, const struct listing *listing, struct diags *diags)
{
	const char *end = common_end(listing);
	(void)diags;
	for (size_t i = 0; i < listing->count; i++) {
		const char *name = listing->list[i].name;
		if (!listing->list[i].folder) {
			intake_ignore(intake, name, "not a student's folder");
			continue;
		}
		size_t length = strlen(name) - (end != NULL ? strlen(end) : 0);
		struct intake_submission *submission = intake_of(intake, arena_copy(intake->arena, name, length));
		submission->login = submission->key;
		submission->folder = arena_string(intake->arena, name);
		intake_part(intake, submission, name, NULL);
	}
	return true;
}

const struct layout_reader afs_reader = {LAYOUT_AFS, afs_recognise, afs_read};
