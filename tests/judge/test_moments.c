/* What is looked at in one moment: states, counts, the program itself, what it printed. */
#include "server_stage.h"

static void state_holds_when_both_ends_are_in_it_at_one_time(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: shutdown\n"
	                                                  "      - state: {client: FIN_WAIT_2, server: CLOSE_WAIT}\n");
	client_ends_stream(&script);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

/* The moment may be over when the line becomes current. */
static void state_that_passed_since_the_last_action_counts(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: shutdown\n"
	                                                  "      - state: {client: FIN_WAIT_2, server: CLOSE_WAIT}\n");
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_SERVER, SEGMENT_ACK, 0);
	segment(&script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	ends(&script, line);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void state_before_the_last_action_does_not_count(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: shutdown\n"
	                                                  "      - state: {client: ESTABLISHED, server: ESTABLISHED}\n");
	client_ends_stream(&script);
	waits_in(&script, CALL_READ, 4);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "the client is in FIN_WAIT_2, the server is in CLOSE_WAIT");
	assert_says(seen(&script, 3), "waits in read() on descriptor 4");
	script_close(&script);
}

static void state_without_capture_rests_on_the_kernel(void **state)
{
	(void)state;
	const char *test = CONNECTED "      - state: {client: ESTABLISHED, server: ESTABLISHED}\n";
	struct script script = server_connected_at(test, RUNG_C, WATCH_CALLS);
	confirmed(&script, 0, END_CLIENT, STATE_ESTABLISHED, true, 0);
	assert_true(matcher_wants_states(script.matcher));
	assert_line(&script, 2, STEP_NOT_REACHED);
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 0);
	assert_line(&script, 2, STEP_MET);
	script_close(&script);
	script = server_connected_at(test, RUNG_C, WATCH_CALLS);
	quiet(&script);
	assert_line(&script, 2, STEP_INCONCLUSIVE);
	script_close(&script);
}

static void server_without_a_connection_is_in_listen(void **state)
{
	(void)state;
	const char *test = "    steps:\n      - server: listen\n      - state: {server: LISTEN}\n";
	struct script script = script_open(test, STUDENT_SERVER);
	server_starts(&script);
	assert_line(&script, 1, STEP_MET);
	script_close(&script);
}

static void states_of_several_clients_hold_together(void **state)
{
	(void)state;
	struct script script = script_open("    clients: [alice, bob]\n"
	                                   "    steps:\n"
	                                   "      - server: listen\n"
	                                   "      - alice: connect\n"
	                                   "      - bob: connect\n"
	                                   "      - state: {clients: ESTABLISHED, server: ESTABLISHED}\n"
	                                   "      - alice: shutdown\n"
	                                   "      - state: {alice: FIN_WAIT_2, bob: ESTABLISHED}\n",
	                                   STUDENT_SERVER);
	server_starts(&script);
	client_connects(&script, 0, 1);
	client_connects(&script, 1, 2);
	assert_line(&script, 3, STEP_MET);
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_SERVER, SEGMENT_ACK, 0);
	ends(&script, line);
	assert_line(&script, 5, STEP_MET);
	script_close(&script);
}

static void count_is_decided_by_the_next_count(void **state)
{
	(void)state;
	struct script script =
		server_connected(CONNECTED "      - sockets: {server: 2}\n      - zombies: {server: \"<= 1\"}\n");
	assert_true(matcher_wants_counts(script.matcher));
	counted(&script, SERVER, COUNT_SOCKETS, 2);
	counted(&script, SERVER, COUNT_ZOMBIES, 2);
	assert_line(&script, 2, STEP_MET);
	assert_line(&script, 3, STEP_UNMET);
	assert_string_equal(seen(&script, 3), "the server has 2");
	assert_string_equal(wanted(&script, 3), "the server to have at most 1 zombie");
	script_close(&script);
}

static void count_from_before_does_not_decide(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: shutdown\n      - sockets: {server: 2}\n");
	counted(&script, SERVER, COUNT_SOCKETS, 2);
	client_ends_stream(&script);
	assert_line(&script, 3, STEP_NOT_REACHED);
	counted(&script, SERVER, COUNT_SOCKETS, 3);
	assert_line(&script, 3, STEP_UNMET);
	assert_string_equal(wanted(&script, 3), "the server to have 2 open sockets");
	script_close(&script);
}

static void count_that_cannot_be_had_is_inconclusive(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - descriptors: {server: 2}\n");
	quiet(&script);
	assert_line(&script, 2, STEP_INCONCLUSIVE);
	script_close(&script);
}

static void exit_status_is_compared(void **state)
{
	(void)state;
	static const struct {
		const char *wanted;
		int status;
		enum step_verdict verdict;
	} cases[] = {
		{"0", 0, STEP_MET},         {"0", 1 << 8, STEP_UNMET},
		{"3", 3 << 8, STEP_MET},    {"nonzero", 1 << 8, STEP_MET},
		{"nonzero", 0, STEP_UNMET}, {"nonzero", 11, STEP_UNMET},
		{"SIGINT", 2, STEP_MET},    {"SIGINT", 2 << 8, STEP_UNMET},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TEXT_AUTO test = {0};
		text_printf(&test, "%s      - server: {exit: %s}\n", CONNECTED, cases[i].wanted);
		struct script script = server_connected(text_string(&test));
		program_exits(&script, SERVER, 100, true, cases[i].status);
		assert_line(&script, 2, cases[i].verdict);
		script_close(&script);
	}
}

static void exit_that_does_not_come_says_where_the_program_stands(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {exit: 0}\n");
	program_exits(&script, SERVER, 200, false, 0); /* a child */
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 2, STEP_UNMET);
	assert_string_equal(seen(&script, 2), "it has not ended: the server waits in accept() on descriptor 3");
	script_close(&script);
}

static void alive_and_idle_are_decided_by_a_quiet_moment(void **state)
{
	(void)state;
	const char *test = CONNECTED "      - server: alive\n      - server: idle\n";
	struct script script = server_connected(test);
	assert_line(&script, 2, STEP_NOT_REACHED);
	quiet(&script);
	assert_line(&script, 2, STEP_MET);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
	script = server_connected(test);
	program_exits(&script, SERVER, 100, true, 13);
	assert_line(&script, 2, STEP_UNMET);
	assert_string_equal(seen(&script, 2), "it was killed by SIGPIPE");
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.rules[0].rule, RULE_CRASH);
	script_close(&script);
}

static void spinning_program_is_alive_but_not_idle(void **state)
{
	(void)state;
	struct script script =
		server_connected(CONNECTED "      - server: alive\n      - server: idle\n      - server: eof\n");
	struct event spin = blank(EVENT_SPIN, SERVER, 0);
	spin.spin.call = CALL_READ;
	spin.spin.descriptor = 4;
	spin.spin.count = 64;
	script_feed(&script, &spin);
	assert_line(&script, 2, STEP_MET);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "repeats read() without end (64 times in a row)");
	assert_line(&script, 4, STEP_UNMET);
	assert_says(seen(&script, 4), "repeats read() without end");
	script_judge(&script);
	assert_int_equal(script.result.rule_count, 1);
	assert_int_equal(script.result.rules[0].rule, RULE_SPIN);
	assert_string_equal(script.result.rules[0].seen, "the server called read() on descriptor 4 64 times in a row, and "
	                                                 "each time it returned 0");
	script_close(&script);
}

static void time_limit_is_no_proof_and_says_so(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: eof\n");
	struct event limit = blank(EVENT_LIMIT, SERVER, CONNECTION_NONE);
	limit.limit.limit = LIMIT_TIME;
	limit.limit.value = 5000000000;
	script_feed(&script, &limit);
	assert_line(&script, 2, STEP_UNMET);
	assert_true(matcher_verdict(script.matcher, 2)->by_deadline);
	assert_says(seen(&script, 2), "was still running");
	script_close(&script);
}

static void stdout_is_compared_from_where_the_last_line_ended(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {stdout: \"ready\\n\"}\n"
	                                                  "      - server: {stdout: {match: \"port ([0-9]+)\", as: PORT}}\n"
	                                                  "      - server: {stderr: \"warning\\n\"}\n");
	prints(&script, SERVER, 1, "rea");
	prints(&script, SERVER, 2, "warn");
	assert_line(&script, 2, STEP_NOT_REACHED);
	prints(&script, SERVER, 1, "dy\non port 8080.\n");
	assert_line(&script, 2, STEP_MET);
	assert_line(&script, 3, STEP_MET);
	assert_memory_equal(matcher_kept(script.matcher, "PORT")->bytes, "8080", 4);
	prints(&script, SERVER, 2, "ed\n");
	assert_line(&script, 4, STEP_UNMET);
	assert_says(seen(&script, 4), "\"warned\\n\" instead of \"warning\\n\"");
	script_close(&script);
}

static void stdout_that_stays_empty_is_unmet(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {stdout: \"ready\\n\"}\n");
	waits_in(&script, CALL_READ, 4);
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "it printed nothing; the server waits in read()");
	script_close(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_holds_when_both_ends_are_in_it_at_one_time),
		cmocka_unit_test(state_that_passed_since_the_last_action_counts),
		cmocka_unit_test(state_before_the_last_action_does_not_count),
		cmocka_unit_test(state_without_capture_rests_on_the_kernel),
		cmocka_unit_test(server_without_a_connection_is_in_listen),
		cmocka_unit_test(states_of_several_clients_hold_together),
		cmocka_unit_test(count_is_decided_by_the_next_count),
		cmocka_unit_test(count_from_before_does_not_decide),
		cmocka_unit_test(count_that_cannot_be_had_is_inconclusive),
		cmocka_unit_test(exit_status_is_compared),
		cmocka_unit_test(exit_that_does_not_come_says_where_the_program_stands),
		cmocka_unit_test(alive_and_idle_are_decided_by_a_quiet_moment),
		cmocka_unit_test(spinning_program_is_alive_but_not_idle),
		cmocka_unit_test(time_limit_is_no_proof_and_says_so),
		cmocka_unit_test(stdout_is_compared_from_where_the_last_line_ended),
		cmocka_unit_test(stdout_that_stays_empty_is_unmet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
