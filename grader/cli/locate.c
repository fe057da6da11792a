#include "cli/locate.h"

#include "cli/cli.h"

#include "base/arena.h"
#include "model/assignment.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLACES = 4, NAMES_MOST = 256 };

static bool is_file(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static bool is_folder(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Folders that hold assignments by name: the nearest first. */
static size_t assignment_places(const char *places[PLACES], struct arena *arena)
{
	size_t count = 0;
	char program[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	places[count++] = "assignments";
	if (length > 0) {
		program[length] = '\0';
		char *slash = strrchr(program, '/');
		*slash = '\0';
		places[count++] = arena_printf(arena, "%s/../assignments", program);
		places[count++] = arena_printf(arena, "%s/../share/grader/assignments", program);
	}
	places[count++] = GRADER_DATA_FOLDER "/assignments";
	return count;
}

const char *locate_assignment(const char *given, struct arena *arena)
{
	if (is_file(given))
		return given;
	const char *file = arena_printf(arena, "%s/assignment.yaml", given);
	if (is_folder(given) && is_file(file))
		return strcmp(given, ".") == 0 ? "assignment.yaml" : file;
	if (strchr(given, '/') != NULL || given[0] == '.')
		return NULL;
	const char *places[PLACES];
	size_t count = assignment_places(places, arena);
	for (size_t i = 0; i < count; i++) {
		file = arena_printf(arena, "%s/%s/assignment.yaml", places[i], given);
		if (is_file(file))
			return file;
	}
	return NULL;
}

static void say_unknown(const char *given, struct arena *arena)
{
	const char *names[NAMES_MOST + 1] = {0};
	size_t found = 0;
	const char *places[PLACES];
	size_t count = assignment_places(places, arena);
	for (size_t i = 0; i < count; i++) {
		DIR *folder = opendir(places[i]);
		for (struct dirent *entry; folder != NULL && found < NAMES_MOST && (entry = readdir(folder)) != NULL;) {
			if (entry->d_name[0] != '.')
				names[found++] = arena_string(arena, entry->d_name);
		}
		if (folder != NULL)
			closedir(folder);
	}
	const char *near = nearest_word(given, names);
	print_error(
		"%s is no assignment: neither a folder with an assignment.yaml, nor such a file, nor a known name%s%s%s", given,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
}

const char *locate_assignment_or_say(const char *given, struct arena *arena)
{
	const char *found = locate_assignment(given, arena);
	if (found == NULL)
		say_unknown(given, arena);
	return found;
}

bool locate_both(const struct invocation *invocation, const char **assignment, const char **submission)
{
	struct arena *arena = invocation->arena;
	const char *first = invocation->positional_count > 0 ? invocation->positional[0] : NULL;
	const char *second = invocation->positional_count > 1 ? invocation->positional[1] : NULL;
	if (invocation->positional_count > 2) {
		print_error("one assignment and one submission at a time; \"%s\" is one argument too many",
		            invocation->positional[2]);
		return false;
	}
	const char *here = locate_assignment(".", arena);
	*submission = second != NULL ? second : ".";
	if (first == NULL) {
		*assignment = here;
		if (here == NULL)
			print_error("which assignment?  grader run ASSIGNMENT [SUBMISSION], or change to a folder with an "
			            "assignment.yaml");
	} else if (second != NULL) {
		*assignment = locate_assignment_or_say(first, arena);
	} else {
		*assignment = locate_assignment(first, arena);
		if (*assignment == NULL && here != NULL) {
			*assignment = here;
			*submission = first;
		} else if (*assignment == NULL) {
			say_unknown(first, arena);
		}
	}
	if (*assignment == NULL)
		return false;
	if (access(*submission, R_OK) < 0) {
		print_error("the submission %s cannot be read; is the path right?", *submission);
		return false;
	}
	return true;
}

const char *locate_beside(const struct assignment *assignment, const char *name, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/%s", assignment->folder, name);
	return is_folder(path) ? path : NULL;
}

const char *locate_reference(const struct assignment *assignment, struct arena *arena)
{
	const char *inside = locate_beside(assignment, "reference", arena);
	if (inside != NULL)
		return inside;
	for (size_t i = 0; i < 2; i++) {
		char path[PATH_MAX];
		snprintf(path, sizeof(path), i == 0 ? "%s/../../reference/solutions/%s" : "%s/../../solutions/%s",
		         assignment->folder, assignment->name);
		if (is_folder(path))
			return arena_string(arena, path);
	}
	return NULL;
}
