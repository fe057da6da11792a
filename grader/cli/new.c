#include "cli/cli.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/text.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEMPLATE_BYTES = 64 * 1024 };

static bool good_name(const char *name)
{
	size_t length = strlen(name);
	for (size_t i = 0; i < length; i++) {
		bool plain = islower((unsigned char)name[i]) || isdigit((unsigned char)name[i]);
		if (!plain && (name[i] != '-' || i == 0))
			return false;
	}
	return length > 0 && length <= 64;
}

/* The template lies beside the assignments, in the source tree and where it was installed. */
static const char *template_folder(struct arena *arena)
{
	char program[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const char *places[3] = {GRADER_DATA_FOLDER "/template", NULL, NULL};
	if (length > 0) {
		program[length] = '\0';
		*strrchr(program, '/') = '\0';
		places[1] = arena_printf(arena, "%s/../reference/template", program);
		places[2] = arena_printf(arena, "%s/../share/grader/template", program);
	}
	for (size_t i = 0; i < 3; i++) {
		if (places[i] != NULL && access(places[i], R_OK) == 0)
			return places[i];
	}
	return NULL;
}

static bool file_make(const char *from, const char *to, const char *name)
{
	TEXT_AUTO content = {0};
	TEXT_AUTO named = {0};
	if (!file_read(from, TEMPLATE_BYTES, &content))
		return false;
	for (const char *at = text_string(&content); *at != '\0';) {
		if (strncmp(at, "NAME", 4) == 0) {
			text_puts(&named, name);
			at += 4;
		} else {
			text_add(&named, at++, 1);
		}
	}
	return file_write_atomically(to, text_string(&named), named.length, 0644);
}

static bool tree_make(const char *from, const char *to, const char *name, struct arena *arena, unsigned depth)
{
	if (mkdir(to, 0755) < 0 || depth > 8)
		return false;
	DIR *folder = opendir(from);
	bool good = folder != NULL;
	for (struct dirent *entry; good && (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		const char *source = arena_printf(arena, "%s/%s", from, entry->d_name);
		const char *target = arena_printf(arena, "%s/%s", to, entry->d_name);
		struct stat info;
		good = stat(source, &info) == 0;
		if (good && S_ISDIR(info.st_mode))
			good = tree_make(source, target, name, arena, depth + 1);
		else if (good)
			good = file_make(source, target, name);
	}
	if (folder != NULL)
		closedir(folder);
	return good;
}

static int new (struct invocation *invocation)
{
	if (invocation->positional_count != 1) {
		print_error("one name, please: grader new NAME");
		return EXIT_BAD_USAGE;
	}
	const char *name = invocation->positional[0];
	if (!good_name(name)) {
		print_error("a name is made of small letters, digits and \"-\", such as lab-1; \"%s\" is not", name);
		return EXIT_BAD_USAGE;
	}
	if (access(name, F_OK) == 0) {
		print_error("%s is there already; nothing was changed", name);
		return EXIT_BAD_USAGE;
	}
	const char *from = template_folder(invocation->arena);
	if (from == NULL) {
		print_error("the template is not where it was installed");
		return EXIT_HARNESS;
	}
	if (!tree_make(from, name, name, invocation->arena, 0)) {
		print_error("making %s: %s", name, strerror(errno));
		folder_remove(name);
		return EXIT_HARNESS;
	}
	TEXT_AUTO text = {0};
	text_printf(&text,
	            "%s/ is a new assignment: a server that answers in capitals. Make it yours:\n"
	            "  %s/spec.yaml          what happens on the connection, and the points\n"
	            "  %s/handout.md         what students read\n"
	            "  %s/reference/         your solution; %s/faulty/ programs with one bug each\n"
	            "then: grader prove %s\n",
	            name, name, name, name, name, name);
	print_text(text_string(&text), text.length);
	return EXIT_ALL_PASSED;
}

const struct cli_command command_new = {
	"new",
	"NAME",
	"make a new assignment that already passes prove",
	"Makes the folder NAME with an assignment, a spec, a handout, a starter, a reference solution and two "
	"faulty programs, all small and complete, to be changed into your own.",
	NULL,
	new,
};
