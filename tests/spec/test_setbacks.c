/* `faults:` and `vary:`. */
#include "reading.h"

#include "model/variation.h"
#include "spec/plan.h"

#include <errno.h>

#define BEHIND "\n    steps: [server: listen, client: {send: hello}]\n"

static void faults_are_read_in_their_order(void **state)
{
	(void)state;
	struct reading reading =
		read_spec(ONE_TEST "    faults:\n"
	                       "      - {call: write, nth: 1, count: 1000}\n"
	                       "      - {call: read, every: 1, count: 2KiB}\n"
	                       "      - {call: accept, nth: 2, error: ECONNABORTED}\n"
	                       "      - {call: poll, every: 3, error: EINTR}\n    steps: [server: listen]\n");
	if (reading.spec == NULL)
		fail_msg("%s", told(&reading));
	const struct test *test = &reading.spec->tests[0];
	assert_int_equal(test->setback_count, 4);
	assert_true(test->robustness);
	assert_int_equal(test->setbacks[0].call, SETBACK_WRITE);
	assert_int_equal(test->setbacks[0].kind, SETBACK_SHORT);
	assert_int_equal(test->setbacks[0].nth, 1);
	assert_int_equal(test->setbacks[0].count, 1000);
	assert_int_equal(test->setbacks[1].every, 1);
	assert_int_equal(test->setbacks[1].count, 2048);
	assert_int_equal(test->setbacks[2].kind, SETBACK_FAILS);
	assert_int_equal(test->setbacks[2].error, ECONNABORTED);
	assert_int_equal(test->setbacks[3].every, 3);
	reading_release(&reading);
}

static void short_reads_make_a_test_one_of_robustness_and_segments_do_not(void **state)
{
	(void)state;
	struct reading reading = read_spec(ONE_TEST "    vary: {segments: 50}" BEHIND);
	assert_false(reading.spec->tests[0].robustness);
	assert_int_equal(reading.spec->tests[0].vary_segments, 50);
	reading_release(&reading);
	reading = read_spec(ONE_TEST "    vary: {segments: 50, short: 20}" BEHIND);
	assert_true(reading.spec->tests[0].robustness);
	assert_int_equal(reading.spec->tests[0].vary_shorts, 20);
	reading_release(&reading);
}

static void each_mistake_is_told_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"faults: []", "5:13: \"faults\" is a list of 1 to 64 faults, not an empty one"},
		{"faults: [write]", "5:14: a fault is a map of keys, not \"write\""},
		{"faults: [{nth: 1, count: 1}]", "5:14: a fault needs the key \"call\""},
		{"faults: [{call: recieve, nth: 1, count: 1}]",
	     "5:21: \"call\" is read, write, accept, poll or socket, not \"recieve\""},
		{"faults: [{call: read, count: 1}]",
	     "5:14: a fault has one of \"nth\" and \"every\": which of the calls does it meet?"},
		{"faults: [{call: read, nth: 1, every: 1, count: 1}]",
	     "5:14: a fault has one of \"nth\" and \"every\", not both"},
		{"faults: [{call: read, nth: 0, count: 1}]", "5:32: \"nth\" is a whole number from 1 to 1000000, not \"0\""},
		{"faults: [{call: read, nth: 1}]",
	     "5:14: a fault has one of \"count\" and \"error\": what becomes of the call?"},
		{"faults: [{call: read, nth: 1, count: 1, error: EINTR}]",
	     "5:14: a fault has one of \"count\" and \"error\", not both"},
		{"faults: [{call: read, nth: 1, count: 0}]", "5:42: \"count\" is a whole number from 1 to 67108864, not \"0\""},
		{"faults: [{call: accept, nth: 1, count: 1}]", "5:44: \"count\" is for read and write; accept moves no bytes"},
		{"faults: [{call: read, nth: 1, error: EPIPE}]",
	     "5:42: \"error\" is EINTR, EAGAIN, ECONNABORTED, EMFILE or ENOBUFS, not \"EPIPE\""},
		{"faults: [{call: read, nth: 1, error: EMFILE}]",
	     "5:42: read() does not fail with EMFILE by bad luck; `grader explain faults` says more"},
		{"faults: [{call: write, nth: 1, error: ENOBUFS}]",
	     "5:43: write() fails with ENOBUFS over transport: udp only, where a datagram is lost by it"},
		{"faults: [{call: read, every: 1, error: EINTR}]",
	     "5:44: with \"every: 1\" read() would never succeed: no program can help that"},
		{"vary: 50", "5:11: \"vary\" is a map of keys, not \"50\""},
		{"vary: {}", "5:11: \"vary\" says how many runs: {segments: 50}, {short: 20}, or both"},
		{"vary: {segments: 1}", "5:22: \"segments\" is a whole number from 2 to 10000, not \"1\""},
		{"vary: {shorts: 5}", "5:12: \"vary\" has no key \"shorts\" (did you mean \"short\"?)"},
	};
	CHECK_MISTAKES(ONE_TEST "    ", table, BEHIND);
}

static void what_no_cutting_leaves_as_it_is_is_refused(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"server: listen", "4:5: \"vary\" finds nothing to cut: no line sends two bytes or more without \"segments\""},
		{"client: {send: x}",
	     "4:5: \"vary\" finds nothing to cut: no line sends two bytes or more without \"segments\""},
		{"client: {send: hello, segments: [1, 4]}",
	     "4:5: \"vary\" finds nothing to cut: no line sends two bytes or more without \"segments\""},
		{"client: {send: hello}\n      - wire: [client: DATA 5]",
	     "8:16: under \"vary\" the bytes come in segments of many lengths: write DATA, without a length"},
	};
	CHECK_MISTAKES(ONE_TEST "    vary: {segments: 2}\n    steps:\n      - ", table, "\n");
}

static void faults_of_data_calls_make_them_followed_however_much_is_moved(void **state)
{
	(void)state;
	struct reading reading = read_spec(ONE_TEST "    faults: [{call: write, nth: 1, count: 1}]\n"
	                                            "    steps: [client: {send: {random: 1MiB}}]\n");
	static const bool nobody[2];
	struct plan *plan = plan_make(reading.spec, NULL, nobody, 1, reading.arena, &reading.diags);
	assert_non_null(plan);
	assert_int_equal(plan->tests[0].watch, WATCH_CALLS);
	reading_release(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_read_in_their_order),
		cmocka_unit_test(short_reads_make_a_test_one_of_robustness_and_segments_do_not),
		cmocka_unit_test(each_mistake_is_told_at_its_place),
		cmocka_unit_test(what_no_cutting_leaves_as_it_is_is_refused),
		cmocka_unit_test(faults_of_data_calls_make_them_followed_however_much_is_moved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
