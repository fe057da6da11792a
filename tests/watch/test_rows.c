/* Rows of calls that lead nowhere: what counts as the same call again. */
#include "watch/rows.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint64_t repeated(enum call call, int times, int64_t step)
{
	struct row row = {0};
	for (int i = 0; i < times; i++) {
		struct entry entry = {.call = call, .descriptor = DESCRIPTOR_NONE, .value = i * step};
		row_count(&row, &entry, -ESRCH);
	}
	return row_dominant(&row)->count;
}

static void a_signal_to_each_of_many_processes_is_no_repetition(void **state)
{
	(void)state;
	assert_int_equal(repeated(CALL_KILL, 100, 1), 1);
	assert_int_equal(repeated(CALL_KILL, 100, 0), 100);
}

static void another_time_limit_makes_no_other_call_of_a_poll(void **state)
{
	(void)state;
	assert_int_equal(repeated(CALL_POLL, 100, 1), 100);
}

static void an_error_speaks_before_a_success_that_is_as_frequent(void **state)
{
	(void)state;
	struct row row = {0};
	struct entry wait = {.call = CALL_POLL, .descriptor = DESCRIPTOR_NONE},
				 fetch = {.call = CALL_ACCEPT, .descriptor = 3};
	for (int i = 0; i < ROW_TOLD; i++) {
		row_count(&row, &wait, 1);
		row_count(&row, &fetch, -EMFILE);
	}
	assert_int_equal(row_dominant(&row)->call, CALL_ACCEPT);
	assert_true(row_expects(&row, &wait));
	assert_true(row_repeats(&row, &fetch, -EMFILE));
	assert_false(row_repeats(&row, &fetch, -EAGAIN));
	row_clear(&row);
	assert_null(row_dominant(&row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_to_each_of_many_processes_is_no_repetition),
		cmocka_unit_test(another_time_limit_makes_no_other_call_of_a_poll),
		cmocka_unit_test(an_error_speaks_before_a_success_that_is_as_frequent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
