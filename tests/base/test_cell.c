#include "base/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORKED = 17 };

/* How a process ends that closes itself in with `kept` and then does `what`. */
static int end_of(int (*what)(const int *), const int *kept, size_t count)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		cell_close(2, kept, count);
		_exit(what(kept));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* kept: two ends of a pipe; a third descriptor lies between them. */
static int writes_and_reads(const int *kept)
{
	char byte = 'x';
	return write(kept[0], &byte, 1) == 1 && read(kept[2], &byte, 1) == 1 && byte == 'x' ? WORKED : 1;
}

static void kept_descriptors_work_in_any_order(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_true(ends[1] > ends[0]);
	assert_int_equal(end_of(writes_and_reads, (const int[]){ends[1], -1, ends[0]}, 3), WORKED);
	close(ends[0]);
	close(ends[1]);
}

static int finds_no_other(const int *kept)
{
	for (int fd = 0; fd < 64; fd++) {
		bool open = fcntl(fd, F_GETFD) >= 0;
		if (open != (fd == kept[0]) || (!open && errno != EBADF))
			return fd + 100;
	}
	return WORKED;
}

static void all_other_descriptors_are_closed(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(end_of(finds_no_other, (const int[]){ends[0]}, 1), WORKED);
	assert_int_equal(end_of(finds_no_other, (const int[]){0}, 1), WORKED);
	close(ends[0]);
	close(ends[1]);
}

static int opens_a_file(const int *kept)
{
	(void)kept;
	return open("/dev/null", O_RDONLY) < 0 && errno == EPERM ? WORKED : 1;
}

static void no_file_can_be_opened(void **state)
{
	(void)state;
	assert_int_equal(end_of(opens_a_file, NULL, 0), WORKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_descriptors_work_in_any_order),
		cmocka_unit_test(all_other_descriptors_are_closed),
		cmocka_unit_test(no_file_can_be_opened),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
