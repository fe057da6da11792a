/* Plans: who does what, unrolled, with the other end of every line. */
#include "reading.h"

#include "model/plan.h"
#include "spec/assignment.h"
#include "spec/plan.h"

static const bool nobody[2] = {false, false}, server[2] = {true, false}, client[2] = {false, true},
				  both[2] = {true, true};

static const struct assignment *assignment_of(struct reading *reading, const char *run)
{
	TEXT_AUTO yaml = {0};
	text_printf(&yaml, "format: 1\nname: a\nspec: s.yaml\nstudent: [server]\nrun: {%s}\nlimits: {time: 7s}\n", run);
	return assignment_read("a.yaml", yaml.bytes, yaml.length, reading->arena, &reading->diags);
}

static struct plan *plan_of(struct reading *reading, const bool student[2])
{
	if (reading->spec == NULL)
		fail_msg("%s", told(reading));
	const struct assignment *assignment =
		assignment_of(reading, "server: [./s, \"{port}\"], client: [./c, \"{port}\"]");
	return plan_make(reading->spec, assignment, student, 7, reading->arena, &reading->diags);
}

/* Each line as "NUMBER KIND TEXT". */
static const char *lines_of(struct reading *reading, const struct plan *plan)
{
	static const char *const kinds[] = {"action", "harness", "expectation", "together"};
	TEXT_AUTO all = {0};
	if (plan == NULL)
		fail_msg("%s", told(reading));
	const struct plan_test *test = &plan->tests[0];
	for (uint32_t i = 0; i < test->line_count; i++) {
		assert_int_equal(test->by_number[i]->number, i);
		text_printf(&all, "%u %s ", i, kinds[test->by_number[i]->kind]);
		line_text(&all, test, test->by_number[i]);
		text_puts(&all, "\n");
	}
	return arena_string(reading->arena, text_string(&all));
}

static void the_student_s_lines_are_expectations_and_the_others_actions(void **state)
{
	(void)state;
	struct reading reading = read_spec(STEPS "server: listen\n      - client: connect\n      - client: {stdin: x}\n"
	                                         "      - client: {send: x}\n      - server: idle\n      - client: alive\n"
	                                         "      - wire: [client: DATA]\n      - hold: client\n"
	                                         "      - kill: server\n      - server: {exit: SIGKILL}\n");
	assert_string_equal(lines_of(&reading, plan_of(&reading, server)), "0 expectation server: listen\n"
	                                                                   "1 action client: connect\n"
	                                                                   "2 expectation client: {stdin: \"x\"}\n"
	                                                                   "3 action client: {send: \"x\"}\n"
	                                                                   "4 expectation server: idle\n"
	                                                                   "5 expectation client: alive\n"
	                                                                   "6 expectation wire: [client: DATA]\n"
	                                                                   "7 harness hold: client\n"
	                                                                   "8 harness kill: server\n"
	                                                                   "9 expectation server: {exit: SIGKILL}\n");
	assert_string_equal(lines_of(&reading, plan_of(&reading, client)), "0 action server: listen\n"
	                                                                   "1 expectation client: connect\n"
	                                                                   "2 harness client: {stdin: \"x\"}\n"
	                                                                   "3 expectation client: {send: \"x\"}\n"
	                                                                   "4 expectation server: idle\n"
	                                                                   "5 expectation client: alive\n"
	                                                                   "6 expectation wire: [client: DATA]\n"
	                                                                   "7 harness hold: client\n"
	                                                                   "8 harness kill: server\n"
	                                                                   "9 expectation server: {exit: SIGKILL}\n");
	reading_release(&reading);
}

static void groups_repeats_and_branches_are_unrolled_depth_first(void **state)
{
	(void)state;
	struct reading reading = read_spec(ONE_TEST "    clients: 2\n    steps:\n      - clients: connect\n"
	                                            "      - repeat: {times: 2, steps: [server: {accept: clients}]}\n"
	                                            "      - together:\n"
	                                            "          - [client.1: {send: a}, client.1: shutdown]\n"
	                                            "          - - repeat: {times: 2, steps: [client.2: {send: b}]}\n"
	                                            "      - clients: alive\n");
	struct plan *plan = plan_of(&reading, nobody);
	assert_string_equal(lines_of(&reading, plan), "0 action client.1: connect\n"
	                                              "1 action client.2: connect\n"
	                                              "2 action server: {accept: client.1}\n"
	                                              "3 action server: {accept: client.2}\n"
	                                              "4 action server: {accept: client.1}\n"
	                                              "5 action server: {accept: client.2}\n"
	                                              "6 together together: [2 branches]\n"
	                                              "7 action client.1: {send: \"a\"}\n"
	                                              "8 action client.1: shutdown\n"
	                                              "9 action client.2: {send: \"b\"}\n"
	                                              "10 action client.2: {send: \"b\"}\n"
	                                              "11 expectation client.1: alive\n"
	                                              "12 expectation client.2: alive\n");
	const struct line *together = plan->tests[0].by_number[6];
	assert_int_equal(together->branch_count, 2);
	assert_int_equal(together->branches[1].count, 2);
	assert_ptr_equal(&together->branches[1].lines[1], plan->tests[0].by_number[10]);
	assert_int_equal(plan->tests[0].lines.count, 9);
	reading_release(&reading);
}

static void the_other_end_is_the_one_last_spoken_with(void **state)
{
	(void)state;
	struct reading reading = read_spec(ONE_TEST "    clients: [alice, bob]\n    steps:\n"
	                                            "      - alice: connect\n      - server: accept\n"
	                                            "      - bob: connect\n      - server: accept\n"
	                                            "      - server: {send: x, to: alice}\n      - server: {send: y}\n"
	                                            "      - bob: {send: z}\n      - server: {receive: z}\n"
	                                            "      - server: silent\n      - server: {silent: bob}\n"
	                                            "      - server: idle\n");
	const struct plan *plan = plan_of(&reading, nobody);
	static const int others[] = {0, 1, 0, 2, 1, 1, 0, 2, ACTOR_NONE, 2, ACTOR_NONE};
	assert_non_null(plan);
	assert_int_equal(plan->tests[0].line_count, sizeof(others) / sizeof(*others));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(plan->tests[0].by_number[i]->other, others[i]);
	reading_release(&reading);
}

static void an_unclear_other_end_is_an_error_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"server: accept", "7:9: with whom? server has several other ends (alice, bob): name one with "
	                       "\"from:\", or all with \"from: "
	                       "clients\""},
		{"clients: connect\n      - server: {send: x}",
	     "8:9: with whom? server has several other ends (alice, bob): name one with \"to:\", or all with \"to: "
	     "clients\""},
		/* Each branch speaks with another one: which was last? */
		{"together: [[alice: connect], [bob: connect]]\n      - server: accept",
	     "8:9: with whom? server has several other ends (alice, bob): name one with \"from:\", or all with "
	     "\"from: "
	     "clients\""},
		/* Unclear in the second round only. */
		{"alice: connect\n      - repeat: {times: 2, steps: [server: {send: x}, clients: alive, clients: "
	     "{send: x}]}",
	     "8:36: with whom? server has several other ends (alice, bob): name one with \"to:\", or all with "
	     "\"to: "
	     "clients\""},
	};
	CHECK_MISTAKES(ONE_TEST "    clients: [alice, bob]\n    steps:\n      - ", table, "\n      - clients: alive\n");
	static const struct mistake alone[] = {
		{"client: connect", "7:9: \"connect\" needs another end, and nobody plays a server in this test"},
	};
	CHECK_MISTAKES(ONE_TEST "    servers: 0\n    steps:\n      - ", alone, "\n");
}

static void a_branch_knows_what_was_before_it(void **state)
{
	(void)state;
	struct reading reading = read_spec(ONE_TEST "    clients: [alice, bob]\n    steps:\n"
	                                            "      - bob: connect\n      - alice: connect\n"
	                                            "      - together: [[server: {send: x}], [bob: {send: y}]]\n"
	                                            "      - server: {receive: y}\n");
	const struct plan *plan = plan_of(&reading, nobody);
	assert_non_null(plan);
	assert_int_equal(plan->tests[0].by_number[3]->other, 1);
	assert_int_equal(plan->tests[0].by_number[5]->other, 2);
	reading_release(&reading);
}

static void more_lines_than_the_ceiling_are_an_error(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"repeat: {times: 20000, steps: [client: idle, client: idle]}",
	     "4:5: the test \"t\" unrolls to more than 20000 lines"},
		{"repeat: {times: 20000, steps: [repeat: {times: 20000, steps: [repeat: {times: 20000, steps: [client: "
	     "idle]}]}]}",
	     "4:5: the test \"t\" unrolls to more than 20000 lines"},
	};
	CHECK_MISTAKES(STEPS, table, "\n");
	struct reading reading = read_spec(STEPS "repeat: {times: 20000, steps: [client: idle]}\n");
	const struct plan *plan = plan_of(&reading, nobody);
	assert_non_null(plan);
	assert_int_equal(plan->tests[0].line_count, PLAN_LINES);
	reading_release(&reading);
}

static void bulk_data_are_watched_by_control_calls_only(void **state)
{
	(void)state;
	static const struct {
		const char *step;
		enum watch_level watch;
	} table[] = {
		{"client: {send: {random: 64KiB}}", WATCH_CALLS},
		{"client: {send: {random: 65KiB}}", WATCH_CONTROL},
		{"client: {send: {random: 40KiB}}\n      - server: {receive: 40KiB}", WATCH_CALLS},
		{"client: {send: {random: 40KiB}}\n      - server: {send: {random: 40KiB}}", WATCH_CONTROL},
		{"server: {receive: {any: 4MiB}}", WATCH_CONTROL},
		{"repeat: {times: 70, steps: [client: {send: {random: 1KiB}}]}", WATCH_CONTROL},
		{"client: {stdin: {lines: 20000}}", WATCH_CONTROL},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		TEXT_AUTO yaml = {0};
		text_printf(&yaml, STEPS "%s\n", table[i].step);
		struct reading reading = read_spec(text_string(&yaml));
		assert_int_equal(plan_of(&reading, server)->tests[0].watch, table[i].watch);
		reading_release(&reading);
	}
}

static void a_port_on_the_command_line_has_two_different_bytes(void **state)
{
	(void)state;
	TEXT_AUTO yaml = {0};
	text_puts(&yaml, "format: 1\nname: s\ntests:\n");
	for (int i = 0; i < 300; i++)
		text_printf(&yaml, "  - {name: t%d, steps: [server: listen]}\n", i);
	struct reading reading = read_spec(text_string(&yaml));
	const struct plan *plan = plan_of(&reading, server), *again = plan_of(&reading, server);
	bool differ = false;
	for (size_t i = 0; i < plan->count; i++) {
		uint16_t port = plan->tests[i].port;
		assert_in_range(port, 10000, 29999);
		assert_true(port >> 8 != (port & 255));
		assert_int_equal(port, again->tests[i].port);
		differ = differ || port != plan->tests[0].port;
	}
	assert_true(differ);
	/* The reference is told as well. */
	const struct plan *alone = plan_make(reading.spec, NULL, nobody, 7, reading.arena, &reading.diags);
	assert_true(alone->tests[0].port_given);
	assert_in_range(alone->tests[0].port, 10000, 29999);
	const struct assignment *fixed = assignment_of(&reading, "server: [./s]");
	assert_int_equal(plan_make(reading.spec, fixed, server, 7, reading.arena, &reading.diags)->tests[0].port, 8080);
	assert_false(plan_make(reading.spec, fixed, server, 7, reading.arena, &reading.diags)->tests[0].port_given);
	reading_release(&reading);
}

static void a_test_s_limits_go_over_the_assignment_s(void **state)
{
	(void)state;
	struct reading reading = read_spec(ONE_TEST "    limits: {descriptors: 12}\n    steps: [server: listen]\n");
	const struct plan_test *test = &plan_of(&reading, server)->tests[0];
	assert_int_equal(test->limits.descriptors, 12);
	assert_int_equal(test->limits.time_ns, INT64_C(7000000000));
	assert_int_equal(test->limits.processes, limits_default.processes);
	assert_string_equal(test->run[SIDE_SERVER].arguments[0], "./s");
	assert_null(test->run[SIDE_CLIENT].arguments);
	reading_release(&reading);
}

static void a_role_without_a_command_cannot_be_the_student_s(void **state)
{
	(void)state;
	struct reading reading = read_spec(STEPS "server: listen\n");
	const struct assignment *assignment = assignment_of(&reading, "server: [./s]");
	assert_null(plan_make(reading.spec, assignment, both, 7, reading.arena, &reading.diags));
	assert_string_equal(told(&reading), "0:0: the student plays the client, but \"run\" has no command for it\n");
	assert_string_equal(reading.diags.list[0].file, "a.yaml");
	reading_release(&reading);
}

static void the_reference_asks_for_an_example_where_it_finds_no_text_that_fits(void **state)
{
	(void)state;
	struct reading reading = read_spec(STEPS "server: {send: {match: \"x$y\"}}\n");
	assert_non_null(plan_of(&reading, server));
	assert_null(plan_of(&reading, client));
	assert_string_equal(told(&reading),
	                    "6:9: the reference peer plays this role, and finds no text that \"match\" fits: "
	                    "give it one with \"example\"\n");
	reading_release(&reading);
}

static void a_test_of_one_role_is_left_out_where_the_student_writes_the_other(void **state)
{
	(void)state;
	struct reading reading = read_spec("format: 1\nname: s\ntests:\n"
	                                   "  - {name: s, student: server, steps: [server: listen]}\n"
	                                   "  - {name: c, student: client, steps: [client: idle]}\n"
	                                   "  - {name: b, steps: [client: idle]}\n");
	const struct plan *plan = plan_of(&reading, client);
	assert_int_equal(plan->count, 2);
	assert_int_equal(plan->tests[0].index, 1);
	assert_true(plan->tests[0].student[SIDE_CLIENT]);
	plan = plan_of(&reading, both);
	assert_int_equal(plan->count, 3);
	assert_true(plan->student[SIDE_CLIENT]);
	assert_true(plan->tests[0].student[SIDE_SERVER]);
	assert_false(plan->tests[0].student[SIDE_CLIENT]);
	assert_true(plan->tests[2].student[SIDE_CLIENT] && plan->tests[2].student[SIDE_SERVER]);
	assert_int_equal(plan_of(&reading, nobody)->count, 3);
	reading_release(&reading);
	reading = read_spec(ONE_TEST "    student: client\n    steps: [client: idle]\n");
	assert_null(plan_of(&reading, server));
	assert_string_equal(told(&reading), "0:0: no test of this spec grades a server\n");
	reading_release(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_student_s_lines_are_expectations_and_the_others_actions),
		cmocka_unit_test(groups_repeats_and_branches_are_unrolled_depth_first),
		cmocka_unit_test(the_other_end_is_the_one_last_spoken_with),
		cmocka_unit_test(an_unclear_other_end_is_an_error_at_its_place),
		cmocka_unit_test(a_branch_knows_what_was_before_it),
		cmocka_unit_test(more_lines_than_the_ceiling_are_an_error),
		cmocka_unit_test(bulk_data_are_watched_by_control_calls_only),
		cmocka_unit_test(a_port_on_the_command_line_has_two_different_bytes),
		cmocka_unit_test(a_test_s_limits_go_over_the_assignment_s),
		cmocka_unit_test(a_role_without_a_command_cannot_be_the_student_s),
		cmocka_unit_test(the_reference_asks_for_an_example_where_it_finds_no_text_that_fits),
		cmocka_unit_test(a_test_of_one_role_is_left_out_where_the_student_writes_the_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
