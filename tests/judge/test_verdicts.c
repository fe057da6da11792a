/* Blocks of lines, standing rules, and the verdict of a test. */
#include "server_stage.h"

#define TOGETHER                                                                                                       \
	CONNECTED "      - together:\n"                                                                                    \
			  "          - [client: {send: \"hello\"}, client: shutdown]\n"                                            \
			  "          - [server: {send: \"hello\"}]\n"                                                              \
			  "      - server: close\n"
enum { TOGETHER_LINE = 2, SENDS, SHUTS, ECHOES, CLOSES };

static void branches_go_on_side_by_side(void **state)
{
	(void)state;
	struct script script = server_connected(TOGETHER);
	uint32_t line = begins(&script);
	assert_int_equal(line, SENDS);
	server_sends(&script, "hello");
	assert_line(&script, ECHOES, STEP_MET);
	assert_line(&script, TOGETHER_LINE, STEP_NOT_REACHED);
	assert_null(matcher_next(script.matcher));
	ends(&script, line);
	assert_line(&script, SENDS, STEP_MET);
	client_ends_stream(&script);
	assert_line(&script, TOGETHER_LINE, STEP_MET);
	assert_false(matcher_finished(script.matcher));
	script_close(&script);
}

static void unmet_branch_lets_the_others_go_on_then_the_test_halts(void **state)
{
	(void)state;
	struct script script = server_connected(TOGETHER);
	uint32_t line = begins(&script);
	server_sends(&script, "Hello");
	assert_line(&script, ECHOES, STEP_UNMET);
	assert_false(matcher_finished(script.matcher));
	ends(&script, line);
	client_ends_stream(&script);
	assert_line(&script, SHUTS, STEP_MET);
	assert_true(matcher_finished(script.matcher));
	quiet(&script);
	assert_line(&script, CLOSES, STEP_NOT_REACHED);
	assert_false(matcher_reached(script.matcher, CLOSES));
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_FAIL);
	assert_int_equal(script.result.step_count, 6);
	script_close(&script);
}

static void action_waits_for_every_line_before_it(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"a\"}\n"
	                                                  "      - server: {send: \"a\"}\n"
	                                                  "      - client: {send: \"b\"}\n");
	client_sends(&script, "a");
	assert_null(matcher_next(script.matcher));
	assert_true(matcher_waiting(script.matcher));
	server_sends(&script, "a");
	const struct line *next = matcher_next(script.matcher);
	assert_non_null(next);
	assert_int_equal(next->number, 4);
	assert_null(matcher_next(script.matcher));
	assert_true(matcher_waiting(script.matcher));
	script_close(&script);
}

static void quiet_moment_while_the_test_waits_decides_nothing(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - together:\n"
	                                                  "          - [wait: 100ms, client: {send: \"a\"}]\n"
	                                                  "          - [server: {send: \"a\"}]\n");
	uint32_t line = begins(&script);
	quiet(&script);
	assert_line(&script, 5, STEP_NOT_REACHED);
	ends(&script, line);
	client_sends(&script, "a");
	server_sends(&script, "a");
	assert_line(&script, 5, STEP_MET);
	script_close(&script);
}

static void repeated_step_shows_its_worst_line(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - repeat:\n"
	                                                  "          times: 2\n"
	                                                  "          steps:\n"
	                                                  "            - client: {send: \"a\"}\n"
	                                                  "            - server: {send: \"a\"}\n");
	client_sends(&script, "a");
	server_sends(&script, "a");
	client_sends(&script, "a");
	server_sends(&script, "x");
	assert_line(&script, 3, STEP_MET);
	assert_line(&script, 5, STEP_UNMET);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.step_count, 4);
	assert_int_equal(script.result.steps[2].verdict, STEP_MET);
	assert_false(script.result.steps[2].expectation);
	assert_int_equal(script.result.steps[3].verdict, STEP_UNMET);
	assert_true(script.result.steps[3].expectation);
	assert_string_equal(script.result.steps[3].actor, "server");
	assert_string_equal(script.result.steps[3].seen, script.result.reason);
	script_close(&script);
}

static void partial_credit_counts_expectations(void **state)
{
	(void)state;
	struct script script = server_connected("    score: steps\n" CONNECTED "      - server: accept\n"
	                                        "      - server: {send: \"a\"}\n"
	                                        "      - server: alive\n");
	waits_in(&script, CALL_READ, 4);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_FAIL);
	assert_true(script.result.points == 7.5); /* listen, accept, alive of four */
	script_close(&script);
}

static void required_test_that_failed_skips_this_one(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED);
	struct test_result result;
	memset(&result, 0x5a, sizeof(result));
	judge_test(script.test, NULL, script.arena, &result);
	assert_int_equal(result.verdict, TEST_SKIPPED);
	assert_int_equal(result.step_count, 2);
	assert_int_equal(result.steps[0].verdict, STEP_NOT_REACHED);
	assert_true(result.points == 0 && result.max_points == 10);
	script_close(&script);
}

static void run_that_broke_off_is_an_error_of_the_harness(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED);
	struct test_result result;
	judge_test(script.test, script.timeline, script.arena, &result);
	assert_int_equal(result.verdict, TEST_ERROR);
	struct event end = blank(EVENT_END, ACTOR_NONE, CONNECTION_NONE);
	script_feed(&script, &end); /* not complete */
	judge_test(script.test, script.timeline, script.arena, &result);
	assert_int_equal(result.verdict, TEST_ERROR);
	script_close(&script);
}

static void truncated_timeline_accuses_nobody(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {send: \"a\"}\n");
	quiet(&script);
	script.timeline->truncated = true;
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_INCONCLUSIVE);
	script_close(&script);
}

/* Without tracing nothing holds a program: what it did then says nothing about it. */
static void program_that_could_not_be_held_is_not_accused(void **state)
{
	(void)state;
	for (enum rung rung = RUNG_C; rung <= RUNG_D; rung++) {
		struct script script = server_connected_at(CONNECTED "      - hold: server\n      - server: {send: \"a\"}\n",
		                                           rung, rung == RUNG_C ? WATCH_CALLS : WATCH_NOTHING);
		uint32_t line = begins(&script);
		ends(&script, line);
		quiet(&script);
		script_judge(&script);
		assert_int_equal(script.result.verdict, rung == RUNG_C ? TEST_FAIL : TEST_INCONCLUSIVE);
		script_close(&script);
	}
}

/* --- standing rules --- */

/* Its `seen` is "" when it was not broken. */
static struct rule_result rule_of(struct script *script, enum rule rule)
{
	for (size_t i = 0; i < script->result.rule_count; i++) {
		if (script->result.rules[i].rule == rule)
			return script->result.rules[i];
	}
	return (struct rule_result){.seen = ""};
}

static void crash_of_a_child_breaks_the_rule(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED);
	struct event fork = blank(EVENT_FORK, SERVER, CONNECTION_NONE);
	fork.pid = fork.tid = 200;
	fork.process.parent = 100;
	script_feed(&script, &fork);
	program_exits(&script, SERVER, 200, false, 11 | 0x80);
	quiet(&script);
	script_judge(&script);
	struct rule_result rule = rule_of(&script, RULE_CRASH);
	assert_string_equal(rule.seen, "a child process of the server was killed by SIGSEGV");
	assert_int_equal(rule.evidence.count, 1);
	assert_int_equal(script.result.verdict, TEST_FAIL);
	assert_string_equal(script.result.reason, rule.seen);
	script_close(&script);
}

static void signal_of_the_grader_is_no_crash(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - signal: {server: SIGINT}\n"
	                                                  "      - server: {exit: SIGINT}\n");
	uint32_t line = begins(&script);
	ends(&script, line);
	segment(&script, 0, END_SERVER, SEGMENT_RST | SEGMENT_ACK, 0); /* the kernel's, for what lay unread */
	program_exits(&script, SERVER, 100, true, 2);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.rule_count, 0);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

static void end_of_the_run_is_no_crash(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED);
	quiet(&script);
	program_exits(&script, SERVER, 100, true, 9);
	segment(&script, 0, END_SERVER, SEGMENT_RST | SEGMENT_ACK, 0);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

static void child_that_its_own_program_ends_is_no_crash(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED);
	returns(&script, SERVER, (struct call_made){CALL_KILL, 200, 0, 15, 0, -1, 0, NULL});
	program_exits(&script, SERVER, 200, false, 15);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

static void rst_that_answers_a_late_segment_after_an_asked_close_is_allowed(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: close\n      - client: {send: \"late\"}\n");
	server_closes(&script, STATE_ESTABLISHED, STATE_FIN_WAIT_2);
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 4);
	segment(&script, 0, END_SERVER, SEGMENT_RST, 0);
	ends(&script, line);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

static void rst_that_refuses_a_connection_is_the_kernels(void **state)
{
	(void)state;
	struct script script = script_open("    steps:\n      - client: connect\n", STUDENT_SERVER);
	script_ready(&script);
	launch(&script, SERVER, 100);
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_SYN, 0);
	segment(&script, 0, END_SERVER, SEGMENT_RST | SEGMENT_ACK, 0);
	ends_with(&script, line, ECONNREFUSED);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_FAIL);
	assert_int_equal(script.result.rule_count, 0);
	script_close(&script);
}

static void allowed_reset_breaks_nothing(void **state)
{
	(void)state;
	struct script script = server_connected("    allow: [reset]\n" CONNECTED);
	server_resets(&script, 3);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

static void output_without_end_is_spinning(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: eof\n");
	struct event limit = blank(EVENT_LIMIT, SERVER, CONNECTION_NONE);
	limit.limit.limit = LIMIT_OUTPUT;
	limit.limit.value = 1 << 20;
	script_feed(&script, &limit);
	program_exits(&script, SERVER, 100, true, 9);
	script_judge(&script);
	struct rule_result rule = rule_of(&script, RULE_SPIN);
	assert_says(rule.seen, "printed more than 1048576 bytes");
	assert_string_equal(rule_of(&script, RULE_CRASH).seen, "");
	assert_line(&script, 2, STEP_UNMET);
	script_close(&script);
}

static void finding_is_told_once_for_each_program(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	struct finding list[] = {{.id = "eof-ignored", .actor = "server", .test = "one"},
	                         {.id = "zombies", .actor = "server", .test = "one"},
	                         {.id = "eof-ignored", .actor = "server", .test = "two"},
	                         {.id = "eof-ignored", .actor = "again", .test = "two"},
	                         {.id = "eof-ignored", .actor = "client", .test = "two"}};
	struct findings found = {.list = list, .count = 5};
	struct actor actors[] = {{.name = "server", .side = SIDE_SERVER},
	                         {.name = "again", .side = SIDE_SERVER},
	                         {.name = "client", .side = SIDE_CLIENT}};
	struct test one = {.name = "one", .actors = actors, .actor_count = 3}, two = one;
	two.name = "two";
	struct test_result tests[2] = {{.test = &one, .points = 2.5, .max_points = 5},
	                               {.test = &two, .points = 1, .max_points = 1}};
	struct result result = {.tests = tests, .test_count = 2};
	judge_result(&result, &found, arena);
	assert_true(result.points == 3.5 && result.max_points == 6);
	assert_int_equal(result.finding_count, 3);
	assert_string_equal(result.findings[2].actor, "client");
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(branches_go_on_side_by_side),
		cmocka_unit_test(unmet_branch_lets_the_others_go_on_then_the_test_halts),
		cmocka_unit_test(action_waits_for_every_line_before_it),
		cmocka_unit_test(quiet_moment_while_the_test_waits_decides_nothing),
		cmocka_unit_test(repeated_step_shows_its_worst_line),
		cmocka_unit_test(partial_credit_counts_expectations),
		cmocka_unit_test(required_test_that_failed_skips_this_one),
		cmocka_unit_test(run_that_broke_off_is_an_error_of_the_harness),
		cmocka_unit_test(truncated_timeline_accuses_nobody),
		cmocka_unit_test(program_that_could_not_be_held_is_not_accused),
		cmocka_unit_test(crash_of_a_child_breaks_the_rule),
		cmocka_unit_test(signal_of_the_grader_is_no_crash),
		cmocka_unit_test(end_of_the_run_is_no_crash),
		cmocka_unit_test(child_that_its_own_program_ends_is_no_crash),
		cmocka_unit_test(rst_that_answers_a_late_segment_after_an_asked_close_is_allowed),
		cmocka_unit_test(rst_that_refuses_a_connection_is_the_kernels),
		cmocka_unit_test(allowed_reset_breaks_nothing),
		cmocka_unit_test(output_without_end_is_spinning),
		cmocka_unit_test(finding_is_told_once_for_each_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
