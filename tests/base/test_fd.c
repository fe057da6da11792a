#include "base/fd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void folder_make(char *path)
{
	assert_non_null(mkdtemp(path));
}

/* Deeper than a process may have files open, and than a path may be long. */
static void a_folder_is_removed_however_deep_it_is(void **state)
{
	(void)state;
	char path[] = "/tmp/grader-deep-XXXXXX";
	folder_make(path);
	int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		assert_int_equal(symlinkat("/", at, "link"), 0);
		int below = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(below >= 0);
		close(at);
		at = below;
	}
	close(at);
	assert_true(folder_remove(path));
	assert_int_equal(access(path, F_OK), -1);
}

static void folders_that_nobody_may_enter_are_removed(void **state)
{
	(void)state;
	char path[] = "/tmp/grader-shut-XXXXXX";
	folder_make(path);
	int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(at, "shut", 0755), 0);
	assert_int_equal(mkdirat(at, "shut/inside", 0755), 0);
	assert_int_equal(fchmodat(at, "shut", 0, 0), 0);
	close(at);
	assert_true(folder_remove(path));
	assert_int_equal(access(path, F_OK), -1);
}

static void a_link_to_a_folder_is_removed_and_not_what_it_names(void **state)
{
	(void)state;
	char path[] = "/tmp/grader-link-XXXXXX", other[] = "/tmp/grader-kept-XXXXXX", link[64];
	folder_make(path);
	folder_make(other);
	snprintf(link, sizeof(link), "%s/link", path);
	assert_int_equal(symlink(other, link), 0);
	assert_true(folder_remove(path));
	assert_int_equal(rmdir(other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_is_removed_however_deep_it_is),
		cmocka_unit_test(folders_that_nobody_may_enter_are_removed),
		cmocka_unit_test(a_link_to_a_folder_is_removed_and_not_what_it_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
