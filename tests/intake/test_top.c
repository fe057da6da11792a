#include "intake/intake.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "model/assignment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Where in what a student handed in the build begins. */
struct fixture {
	char folder[64];
	const char *root, *into, *starter;
	struct arena *arena;
	struct diags diags;
	struct intake_notes notes;
	struct assignment assignment;
};

static int setup(void **state)
{
	static const char *const make[] = {"make", NULL};
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->folder, "/tmp/grader-top-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return -1;
	f->arena = arena_create();
	f->root = arena_printf(f->arena, "%s/class", f->folder);
	f->into = arena_printf(f->arena, "%s/into", f->folder);
	f->starter = arena_printf(f->arena, "%s/starter", f->folder);
	f->assignment.build.arguments = make;
	mkdir(f->starter, 0755);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	folder_remove(f->folder);
	arena_destroy(f->arena);
	free(f);
	return 0;
}

static void file(const struct fixture *f, const char *in, const char *name, const char *content)
{
	char *path = arena_printf(f->arena, "%s/%s", in, name);
	for (char *slash = strchr(path + strlen(f->folder) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	assert_true(file_write_atomically(path, content, strlen(content), 0644));
}

/* Prepares what lies in the class for ada; "" or why it is refused. */
static const char *prepared(struct fixture *f)
{
	struct intake intake;
	struct intake_asked asked = {&f->assignment, f->starter};
	diags_init(&f->diags, f->arena);
	if (!intake_open(&intake, f->root, NULL, f->arena, &f->diags))
		fail_msg("%s", f->diags.list[0].message);
	assert_int_equal(intake.count, 1);
	intake.asked = &asked;
	folder_remove(f->into);
	mkdir(f->into, 0755);
	bool good = intake_prepare(&intake, &intake.submissions[0], f->into, &f->notes, f->arena, &f->diags);
	folder_remove(f->root);
	intake_close(&intake);
	return good ? "" : f->diags.list[0].message;
}

static bool has(const struct fixture *f, const char *name)
{
	return access(arena_printf(f->arena, "%s/%s", f->into, name), F_OK) == 0;
}

static bool noted(const struct fixture *f, const char *words)
{
	for (size_t i = 0; i < f->notes.count; i++) {
		if (strstr(f->notes.list[i], words) != NULL)
			return true;
	}
	return false;
}

static void wrapping_folders_are_all_removed(void **state)
{
	struct fixture *f = *state;
	file(f, f->root, "ada/hw3/echo/src/server.c", "x");
	assert_string_equal(prepared(f), "");
	assert_true(has(f, "server.c") && !has(f, "hw3"));
	assert_true(noted(f, "everything lay in one folder, hw3/echo/src"));
}

static void the_one_folder_with_a_makefile_becomes_the_top(void **state)
{
	struct fixture *f = *state;
	file(f, f->root, "ada/report.pdf", "x");
	file(f, f->root, "ada/echo/Makefile", "x");
	file(f, f->root, "ada/echo/lib/Makefile", "x");
	file(f, f->root, "ada/echo/lib/a.c", "x");
	assert_string_equal(prepared(f), "");
	assert_true(has(f, "Makefile") && has(f, "lib/a.c") && !has(f, "report.pdf"));
	assert_true(noted(f, "the Makefile lay in the folder echo"));
}

static void the_one_folder_with_sources_becomes_the_top(void **state)
{
	struct fixture *f = *state;
	file(f, f->root, "ada/README", "x");
	file(f, f->root, "ada/code/server.c", "x");
	assert_string_equal(prepared(f), "");
	assert_true(has(f, "server.c"));
}

static void a_build_in_one_string_is_make_too(void **state)
{
	struct fixture *f = *state;
	static const char *const shell[] = {"/bin/sh", "-c", "make -s server", NULL};
	f->assignment.build.arguments = shell;
	file(f, f->root, "ada/README", "x");
	file(f, f->root, "ada/code/server.c", "x");
	assert_string_equal(prepared(f), "");
	assert_true(has(f, "server.c"));
}

static void which_of_two_folders_is_meant_is_not_guessed(void **state)
{
	struct fixture *f = *state;
	file(f, f->root, "ada/new/server.c", "x");
	file(f, f->root, "ada/old/server.c", "x");
	assert_non_null(strstr(prepared(f), "which is meant cannot be told"));
	file(f, f->root, "ada/echo/Makefile", "all:\n\tcc ../common/a.c\n");
	file(f, f->root, "ada/common/a.c", "x");
	assert_non_null(strstr(prepared(f), "speaks of ../"));
}

static void folders_that_the_assignment_speaks_of_stay(void **state)
{
	struct fixture *f = *state;
	file(f, f->starter, "src/server.c", "x");
	file(f, f->root, "ada/src/server.c", "x");
	assert_string_equal(prepared(f), "");
	assert_true(has(f, "src/server.c"));
	file(f, f->starter, "Makefile", "server: code/server.c\n");
	file(f, f->root, "ada/code/server.c", "x");
	file(f, f->root, "ada/notes/old.c", "x");
	assert_string_equal(prepared(f), "");
	assert_true(has(f, "code/server.c"));
}

static void a_file_that_a_command_names_is_looked_for(void **state)
{
	struct fixture *f = *state;
	static const char *const none[] = {NULL}, *const run[] = {"python3", "server.py", "{port}", NULL};
	f->assignment.build.arguments = none;
	f->assignment.run[SIDE_SERVER].arguments = run;
	file(f, f->root, "ada/README", "x");
	file(f, f->root, "ada/final/server.py", "x");
	file(f, f->root, "ada/tests/try.py", "x");
	assert_string_equal(prepared(f), "");
	assert_true(has(f, "server.py"));
}

static void a_shell_that_looks_everywhere_is_left_alone(void **state)
{
	struct fixture *f = *state;
	static const char *const shell[] = {"/bin/sh", "-c", "gcc -o server */*.c", NULL};
	f->assignment.build.arguments = shell;
	file(f, f->root, "ada/a/a.c", "x");
	file(f, f->root, "ada/b/b.c", "x");
	assert_string_equal(prepared(f), "");
	assert_true(has(f, "a/a.c") && has(f, "b/b.c"));
}

static void a_program_at_the_top_is_the_program(void **state)
{
	struct fixture *f = *state;
	file(f, f->root, "ada/server", "#!/usr/bin/env lua\n");
	file(f, f->root, "ada/tests/try.py", "x");
	assert_string_equal(prepared(f), "");
	assert_true(has(f, "server") && has(f, "tests/try.py"));
}

static void a_repository_without_its_files_is_refused(void **state)
{
	struct fixture *f = *state;
	file(f, f->root, "ada/lab.git/HEAD", "ref: refs/heads/main\n");
	file(f, f->root, "ada/lab.git/objects/x", "x");
	file(f, f->root, "ada/lab.git/refs/heads/main", "x");
	assert_non_null(strstr(prepared(f), "bare git repository"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(wrapping_folders_are_all_removed),
		TEST(the_one_folder_with_a_makefile_becomes_the_top),
		TEST(the_one_folder_with_sources_becomes_the_top),
		TEST(a_build_in_one_string_is_make_too),
		TEST(which_of_two_folders_is_meant_is_not_guessed),
		TEST(folders_that_the_assignment_speaks_of_stay),
		TEST(a_file_that_a_command_names_is_looked_for),
		TEST(a_shell_that_looks_everywhere_is_left_alone),
		TEST(a_program_at_the_top_is_the_program),
		TEST(a_repository_without_its_files_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
