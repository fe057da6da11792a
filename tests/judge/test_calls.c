#include "script.h"

#include "judge/story.h"

#define LISTEN_AND_CONNECT "    steps:\n      - server: listen\n      - client: connect\n"

static struct script server_up(const char *steps)
{
	return script_open(steps, STUDENT_SERVER);
}

static void started(struct script *script)
{
	script_ready(script);
	launch(script, 0, 100);
	student_listens(script, 0);
}

/* Up to a handshake of the reference's client. */
static void connected(struct script *script, int connection, const char *client)
{
	uint32_t line = begins(script);
	handshake(script, connection);
	connection_known(script, connection, actor(script, client), 0);
	peer(script, actor(script, client), connection, PEER_CONNECT, 0, NULL);
	ends(script, line);
}

static void listen_is_met_when_it_returns_0_on_the_port(void **state)
{
	(void)state;
	struct script script = server_up(LISTEN_AND_CONNECT);
	started(&script);
	assert_int_equal(line_is(&script, 0), STEP_MET);
	connected(&script, 0, "client");
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	assert_true(script.result.points == 10);
	script_close(&script);
}

/* As asyncio does with host=None: [::] with IPV6_V6ONLY, and then 0.0.0.0. */
static void listen_for_ipv6_only_does_not_make_a_server_ready(void **state)
{
	(void)state;
	for (int both = 0; both < 2; both++) {
		struct script script = server_up(LISTEN_AND_CONNECT);
		script_ready(&script);
		launch(&script, 0, 100);
		returns(&script, 0, (struct call_made){CALL_SOCKET, -1, 899, 0, 6, -1, 0, NULL});
		sets(&script, 0, 899, STORY_V6ONLY, 1);
		returns(&script, 0, (struct call_made){CALL_BIND, 6, 899, 0, 0, -1, SCRIPT_PORT, NULL});
		returns(&script, 0, (struct call_made){CALL_LISTEN, 6, 899, 10, 0, -1, 0, NULL});
		assert_int_equal(line_is(&script, 0), STEP_NOT_REACHED);
		if (both) {
			student_listens(&script, 0);
			assert_int_equal(line_is(&script, 0), STEP_MET);
		} else {
			quiet(&script);
			assert_int_equal(line_is(&script, 0), STEP_UNMET);
			assert_says(seen(&script, 0), "IPV6_V6ONLY");
		}
		script_close(&script);
	}
}

static void listen_on_another_port_is_unmet_only_when_all_is_quiet(void **state)
{
	(void)state;
	struct script script = server_up(LISTEN_AND_CONNECT);
	script_ready(&script);
	launch(&script, 0, 100);
	student_listens_on(&script, 0, 36895);
	assert_true(matcher_waiting(script.matcher));
	assert_int_equal(line_is(&script, 0), STEP_NOT_REACHED);
	blocked_in(&script, 0, CALL_ACCEPT, 3);
	quiet(&script);
	assert_int_equal(line_is(&script, 0), STEP_UNMET);
	assert_says(seen(&script, 0), "port 36895 instead of 8080");
	assert_says(seen(&script, 0), "waits in accept() on descriptor 3");
	assert_int_equal(line_is(&script, 1), STEP_NOT_REACHED);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_FAIL);
	assert_string_equal(script.result.reason, seen(&script, 0));
	script_close(&script);
}

static const char *words_of_end(struct script *script, int status, bool started, const char *printed)
{
	*script = server_up(LISTEN_AND_CONNECT);
	script_ready(script);
	launch(script, 0, 100);
	if (started) {
		struct event exec = blank(EVENT_EXEC, 0, CONNECTION_NONE);
		exec.data = (const uint8_t *)"server";
		exec.data_length = 6;
		script_feed(script, &exec);
	}
	prints(script, 0, 2, printed);
	program_exits(script, 0, 100, true, status << 8);
	quiet(script);
	return seen(script, 0);
}

static void last_words_of_a_program_are_told(void **state)
{
	(void)state;
	static const struct {
		int status;
		bool started;
		const char *printed, *seen;
	} cases[] = {
		{1, true, "bind: Address already in use\n",
	     "had ended with status 1 and printed \"bind: Address already in use\""},
		{1, true, "Traceback (most recent call last):\n  File \"a.py\", line 1\nOSError: [Errno 98] in use\n",
	     "printed \"OSError: [Errno 98] in use\""},
		{1, true, "Exception in thread \"main\" java.net.BindException\n\tat Server.main(Server.java:5)\n",
	     "printed \"Exception in thread \\\"main\\\" java.net.BindException\""},
		{2, true, "panic: no port\n\ngoroutine 1 [running]:\nmain.main()\n", "printed \"panic: no port\""},
		{3, true, "", "had ended with status 3"},
		{127, true, "env: 'node': No such file or directory\n", "node is not installed here (package nodejs)"},
		{127, false, "cannot start ./server: it is not executable (chmod +x)\n",
	     "could not be started: ./server: it is not executable (chmod +x)"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script;
		assert_says(words_of_end(&script, cases[i].status, cases[i].started, cases[i].printed), cases[i].seen);
		script_close(&script);
	}
}

static void failed_bind_is_named_with_its_error(void **state)
{
	(void)state;
	struct script script = server_up(LISTEN_AND_CONNECT);
	script_ready(&script);
	launch(&script, 0, 100);
	returns(&script, 0, (struct call_made){CALL_SOCKET, -1, 900, 0, 3, -1, 0, NULL});
	returns(&script, 0, (struct call_made){CALL_BIND, 3, 900, 0, -EADDRINUSE, -1, SCRIPT_PORT, NULL});
	program_exits(&script, 0, 100, true, 1 << 8);
	quiet(&script);
	assert_int_equal(line_is(&script, 0), STEP_UNMET);
	assert_says(seen(&script, 0), "failed with EADDRINUSE");
	assert_says(seen(&script, 0), "had ended with status 1");
	script_close(&script);
}

static void listen_without_calls_seen_is_inconclusive(void **state)
{
	(void)state;
	struct script script = script_open_at(LISTEN_AND_CONNECT, STUDENT_SERVER, RUNG_D, WATCH_NOTHING);
	script_ready(&script);
	launch(&script, 0, 100);
	quiet(&script);
	assert_int_equal(line_is(&script, 0), STEP_INCONCLUSIVE);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_INCONCLUSIVE);
	assert_non_null(script.result.reason);
	script_close(&script);
}

static void listen_without_calls_is_met_by_the_kernels_word(void **state)
{
	(void)state;
	struct script script = script_open_at(LISTEN_AND_CONNECT, STUDENT_SERVER, RUNG_D, WATCH_NOTHING);
	script_ready(&script);
	launch(&script, 0, 100);
	struct event event = blank(EVENT_STATE, 0, CONNECTION_NONE);
	event.state.end = END_SERVER;
	event.state.state = STATE_LISTEN;
	event.state.confirmed = event.state.held = true;
	script_feed(&script, &event);
	assert_int_equal(line_is(&script, 0), STEP_MET);
	script_close(&script);
}

static void listen_after_a_restart_looks_at_the_new_program_only(void **state)
{
	(void)state;
	struct script script = server_up("    steps:\n"
	                                 "      - server: listen\n"
	                                 "      - client: connect\n"
	                                 "      - kill: server\n"
	                                 "      - launch: server\n"
	                                 "      - server: listen\n");
	started(&script);
	connected(&script, 0, "client");
	uint32_t line = begins(&script);
	program_exits(&script, 0, 100, true, 9);
	ends(&script, line);
	line = begins(&script);
	launch(&script, 0, 101);
	ends(&script, line);
	assert_int_equal(line_is(&script, 4), STEP_NOT_REACHED);
	returns(&script, 0, (struct call_made){CALL_SOCKET, -1, 950, 0, 3, -1, 0, NULL});
	returns(&script, 0, (struct call_made){CALL_BIND, 3, 950, 0, -EADDRINUSE, -1, SCRIPT_PORT, NULL});
	program_exits(&script, 0, 101, true, 1 << 8);
	quiet(&script);
	assert_int_equal(line_is(&script, 4), STEP_UNMET);
	assert_says(seen(&script, 4), "EADDRINUSE");
	quiet(&script);
	script_judge(&script);
	/* SIGKILL was the grader's: no crash. */
	assert_int_equal(script.result.rule_count, 0);
	script_close(&script);
}

static void refused_connection_says_that_nobody_listens(void **state)
{
	(void)state;
	struct script script = server_up("    steps:\n      - client: connect\n      - server: accept\n");
	script_ready(&script);
	launch(&script, 0, 100);
	student_listens_on(&script, 0, 8081);
	uint32_t line = begins(&script);
	ends_with(&script, line, ECONNREFUSED);
	assert_int_equal(line_is(&script, 0), STEP_UNMET);
	assert_says(seen(&script, 0), "nobody listens on port 8080");
	assert_says(seen(&script, 0), ":8081");
	assert_true(matcher_finished(script.matcher));
	script_close(&script);
}

static void accept_is_met_by_the_connection_spoken_of(void **state)
{
	(void)state;
	struct script script = server_up("    clients: [alice, bob]\n"
	                                 "    steps:\n"
	                                 "      - server: listen\n"
	                                 "      - alice: connect\n"
	                                 "      - bob: connect\n"
	                                 "      - server: {accept: bob}\n");
	started(&script);
	connected(&script, 0, "alice");
	student_accepts(&script, 0, 0);
	connected(&script, 1, "bob");
	assert_int_equal(line_is(&script, 3), STEP_NOT_REACHED);
	blocked_in(&script, 0, CALL_READ, 4);
	quiet(&script);
	assert_int_equal(line_is(&script, 3), STEP_UNMET);
	assert_says(seen(&script, 3), "bob");
	assert_says(seen(&script, 3), "waits in read() on descriptor 4");
	script_close(&script);
}

static void accept_before_the_line_is_current_counts(void **state)
{
	(void)state;
	struct script script = server_up("    clients: [alice, bob]\n"
	                                 "    steps:\n"
	                                 "      - server: listen\n"
	                                 "      - alice: connect\n"
	                                 "      - bob: connect\n"
	                                 "      - server: {accept: bob}\n"
	                                 "      - server: {accept: alice}\n");
	started(&script);
	connected(&script, 0, "alice");
	student_accepts(&script, 0, 0);
	connected(&script, 1, "bob");
	student_accepts(&script, 0, 1);
	assert_int_equal(line_is(&script, 3), STEP_MET);
	assert_int_equal(line_is(&script, 4), STEP_MET);
	script_close(&script);
}

static void second_connection_of_a_client_is_another_one(void **state)
{
	(void)state;
	struct script script = server_up("    steps:\n"
	                                 "      - server: listen\n"
	                                 "      - client: connect\n"
	                                 "      - server: accept\n"
	                                 "      - client: connect\n"
	                                 "      - server: accept\n");
	started(&script);
	connected(&script, 0, "client");
	student_accepts(&script, 0, 0);
	assert_int_equal(line_is(&script, 2), STEP_MET);
	connected(&script, 1, "client");
	quiet(&script);
	assert_int_equal(line_is(&script, 4), STEP_UNMET);
	script_close(&script);
}

static void students_client_connects(void **state)
{
	(void)state;
	struct script script = script_open("    steps:\n      - server: listen\n      - client: connect\n", STUDENT_CLIENT);
	script_ready(&script);
	uint32_t line = begins(&script);
	assert_false(matcher_reached(script.matcher, 1));
	peer(&script, 0, CONNECTION_NONE, PEER_LISTEN, 0, NULL);
	ends(&script, line);
	assert_true(matcher_reached(script.matcher, 1));
	launch(&script, 1, 101);
	segment(&script, 0, END_CLIENT, SEGMENT_SYN, 0);
	connection_known(&script, 0, 1, 0);
	segment(&script, 0, END_SERVER, SEGMENT_SYN | SEGMENT_ACK, 0);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	assert_int_equal(line_is(&script, 1), STEP_MET);
	script_close(&script);
}

static void client_that_does_not_connect_is_told_what_its_connect_returned(void **state)
{
	(void)state;
	struct script script = script_open("    steps:\n      - server: listen\n      - client: connect\n", STUDENT_CLIENT);
	script_ready(&script);
	ends(&script, begins(&script));
	launch(&script, 1, 101);
	returns(&script, 1, (struct call_made){CALL_CONNECT, 3, 900, 0, -ECONNREFUSED, -1, 8081, NULL});
	program_exits(&script, 1, 101, true, 1 << 8);
	quiet(&script);
	assert_int_equal(line_is(&script, 1), STEP_UNMET);
	assert_says(seen(&script, 1), ":8081 failed with ECONNREFUSED");
	script_close(&script);
}

/* Refused once, it tries again: the connection meant is the one that was made. */
static void client_may_try_again_when_it_is_refused(void **state)
{
	(void)state;
	struct script script = script_open("    steps:\n"
	                                   "      - server: listen\n"
	                                   "      - client: connect\n"
	                                   "      - wire: [client: SYN, server: SYN-ACK, client: ACK]\n"
	                                   "      - state: {client: ESTABLISHED, server: ESTABLISHED}\n",
	                                   STUDENT_CLIENT);
	script_ready(&script);
	ends(&script, begins(&script));
	launch(&script, 1, 101);
	segment(&script, 0, END_CLIENT, SEGMENT_SYN, 0);
	connection_known(&script, 0, 1, 0);
	segment(&script, 0, END_SERVER, SEGMENT_RST | SEGMENT_ACK, 0);
	returns(&script, 1, (struct call_made){CALL_CONNECT, 3, 901, 0, -ECONNREFUSED, 0, SCRIPT_PORT, NULL});
	assert_int_equal(line_is(&script, 1), STEP_NOT_REACHED);
	assert_int_equal(line_is(&script, 2), STEP_NOT_REACHED);
	segment(&script, 1, END_CLIENT, SEGMENT_SYN, 0);
	connection_known(&script, 1, 1, 0);
	segment(&script, 1, END_SERVER, SEGMENT_SYN | SEGMENT_ACK, 0);
	segment(&script, 1, END_CLIENT, SEGMENT_ACK, 0);
	assert_int_equal(line_is(&script, 1), STEP_MET);
	assert_int_equal(line_is(&script, 2), STEP_MET);
	assert_int_equal(line_is(&script, 3), STEP_MET);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

static void client_of_a_student_starts_when_the_server_listens(void **state)
{
	(void)state;
	struct script script = script_open(LISTEN_AND_CONNECT, STUDENT_BOTH);
	script_ready(&script);
	assert_true(matcher_reached(script.matcher, 0));
	assert_false(matcher_reached(script.matcher, 1));
	started(&script);
	assert_true(matcher_reached(script.matcher, 1));
	script_close(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listen_is_met_when_it_returns_0_on_the_port),
		cmocka_unit_test(listen_for_ipv6_only_does_not_make_a_server_ready),
		cmocka_unit_test(listen_on_another_port_is_unmet_only_when_all_is_quiet),
		cmocka_unit_test(failed_bind_is_named_with_its_error),
		cmocka_unit_test(last_words_of_a_program_are_told),
		cmocka_unit_test(listen_without_calls_seen_is_inconclusive),
		cmocka_unit_test(listen_without_calls_is_met_by_the_kernels_word),
		cmocka_unit_test(listen_after_a_restart_looks_at_the_new_program_only),
		cmocka_unit_test(refused_connection_says_that_nobody_listens),
		cmocka_unit_test(accept_is_met_by_the_connection_spoken_of),
		cmocka_unit_test(accept_before_the_line_is_current_counts),
		cmocka_unit_test(second_connection_of_a_client_is_another_one),
		cmocka_unit_test(students_client_connects),
		cmocka_unit_test(client_that_does_not_connect_is_told_what_its_connect_returned),
		cmocka_unit_test(client_may_try_again_when_it_is_refused),
		cmocka_unit_test(client_of_a_student_starts_when_the_server_listens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
