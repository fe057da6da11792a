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

static uint64_t weight(const struct row *row)
{
	return turn_weight(row, row_dominant(row));
}

static void a_question_for_each_byte_in_hand_is_no_repetition(void **state)
{
	(void)state;
	struct row row = {0};
	struct entry ask = {.call = CALL_IOCTL, .descriptor = 4}, fetch = {.call = CALL_READ, .descriptor = 4};
	row_moves(&row, CALL_READ, 8192);
	for (int i = 0; i < 8192; i++)
		row_count(&row, &ask, 0);
	assert_int_equal(weight(&row), 0);
	for (int i = 0; i < 16; i++)
		row_count(&row, &fetch, -EAGAIN);
	assert_int_equal(row_dominant(&row)->call, CALL_READ);
	assert_int_equal(weight(&row), 16);
}

static void a_question_with_nothing_in_hand_leads_nowhere(void **state)
{
	(void)state;
	struct row row = {0};
	struct entry ask = {.call = CALL_IOCTL, .descriptor = 4};
	row_moves(&row, CALL_RECVFROM, 8192);
	row_moves(&row, CALL_SENDTO, 8000);
	row_moves(&row, CALL_SENDTO, 192);
	for (int i = 0; i < 100; i++)
		row_count(&row, &ask, 0);
	assert_int_equal(weight(&row), 100);
}

static void a_question_that_fails_leads_nowhere(void **state)
{
	(void)state;
	struct row row = {0};
	struct entry ask = {.call = CALL_FCNTL, .descriptor = 4};
	row_moves(&row, CALL_READ, 8192);
	for (int i = 0; i < 100; i++)
		row_count(&row, &ask, -EBADF);
	assert_int_equal(weight(&row), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_to_each_of_many_processes_is_no_repetition),
		cmocka_unit_test(another_time_limit_makes_no_other_call_of_a_poll),
		cmocka_unit_test(an_error_speaks_before_a_success_that_is_as_frequent),
		cmocka_unit_test(a_question_for_each_byte_in_hand_is_no_repetition),
		cmocka_unit_test(a_question_with_nothing_in_hand_leads_nowhere),
		cmocka_unit_test(a_question_that_fails_leads_nowhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
