/* send, receive, silent, and the DATA they compare. */
#include "server_stage.h"

static void send_is_met_by_the_bytes_however_they_are_cut(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= 6; cut++) {
		struct script script = server_connected(CONNECTED "      - server: {send: \"hello\\n\"}\n");
		const char *whole = "hello\n";
		char first[8] = {0};
		memcpy(first, whole, cut);
		if (cut > 0)
			server_sends(&script, first);
		if (cut < 6) {
			assert_line(&script, 2, STEP_NOT_REACHED);
			server_sends(&script, whole + cut);
		}
		assert_line(&script, 2, STEP_MET);
		quiet(&script);
		script_judge(&script);
		assert_int_equal(script.result.verdict, TEST_PASS);
		script_close(&script);
	}
}

static void two_sends_may_come_in_one_read(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {send: \"one\\n\"}\n"
	                                                  "      - server: {send: \"two\\n\"}\n");
	server_sends(&script, "one\ntwo\n");
	assert_line(&script, 2, STEP_MET);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void different_byte_is_unmet_at_once_with_its_offset(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {send: \"one\\n\"}\n"
	                                                  "      - server: {send: \"two\\n\"}\n"
	                                                  "      - server: {send: \"three\\n\"}\n");
	server_sends(&script, "one\ntw");
	assert_line(&script, 3, STEP_NOT_REACHED);
	server_sends(&script, "O\n");
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "byte 6 of the stream differs: \"twO\\n\" instead of \"two\\n\"");
	assert_says(wanted(&script, 3), "the server to send \"two\\n\"");
	/* What stands behind it has nothing to compare with. */
	quiet(&script);
	assert_line(&script, 4, STEP_NOT_REACHED);
	script_close(&script);
}

static void missing_bytes_are_counted_when_all_is_quiet(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"hello\\n\"}\n"
	                                                  "      - server: {send: \"hello\\n\"}\n");
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, 6);
	server_sends(&script, "hel");
	waits_in(&script, CALL_READ, 4);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "3 of 6 bytes came (\"hel\"); the server waits in read() on descriptor 4");
	script_close(&script);
}

static void program_that_has_not_read_is_told_so(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"hello\\n\"}\n"
	                                                  "      - server: {send: \"hello\\n\"}\n");
	client_sends(&script, "hello\n");
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "it has read 0 of the 6 bytes sent to it");
	script_close(&script);
}

static void stream_that_ends_early_is_unmet_at_once(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {send: \"hello\\n\"}\n");
	server_sends(&script, "hel");
	server_closes(&script, STATE_ESTABLISHED, STATE_FIN_WAIT_2);
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "3 of 6 bytes came (\"hel\"), then the end of the stream (FIN)");
	script_close(&script);
}

static void reset_before_all_bytes_is_unmet(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {send: \"hello\\n\"}\n");
	server_resets(&script, 0);
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "then a RST");
	script_close(&script);
}

static void any_counts_and_match_takes_to_until(void **state)
{
	(void)state;
	struct script script =
		server_connected(CONNECTED "      - server: {send: {any: 4B}}\n"
	                               "      - server: {send: {match: \"^id=([0-9]+)\", until: \"\\n\", as: "
	                               "ID}}\n"
	                               "      - server: {send: \"bye {ID}\\n\"}\n");
	server_sends(&script, "XYZ");
	assert_line(&script, 2, STEP_NOT_REACHED);
	server_sends(&script, "Wid=42 x");
	assert_line(&script, 2, STEP_MET);
	assert_line(&script, 3, STEP_NOT_REACHED);
	server_sends(&script, "yz\nbye 4");
	assert_line(&script, 3, STEP_MET);
	const struct data *kept = matcher_kept(script.matcher, "ID");
	assert_non_null(kept);
	assert_int_equal(kept->length, 2);
	assert_memory_equal(kept->bytes, "42", 2);
	server_sends(&script, "2\n");
	assert_line(&script, 4, STEP_MET);
	script_close(&script);
}

static void match_that_fails_within_until_is_unmet_at_once(void **state)
{
	(void)state;
	struct script script =
		server_connected(CONNECTED "      - server: {send: {match: \"^id=[0-9]+\", until: \"\\n\"}}\n");
	server_sends(&script, "id=x\n");
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "does not match");
	script_close(&script);
}

/* "4" alone would match, but "42" may still come: what is taken does not depend on how the bytes were cut. */
static void open_match_waits_for_what_may_follow(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {send: {match: \"[0-9]+\", as: N}}\n");
	server_sends(&script, "4");
	assert_line(&script, 2, STEP_NOT_REACHED);
	server_sends(&script, "2");
	assert_line(&script, 2, STEP_NOT_REACHED);
	quiet(&script);
	assert_line(&script, 2, STEP_MET);
	assert_int_equal(matcher_kept(script.matcher, "N")->length, 2);
	script_close(&script);
}

static void receive_is_met_by_the_sum_of_the_reads(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"hello\\n\"}\n"
	                                                  "      - server: {receive: \"hello\\n\"}\n");
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, 2);
	student_reads(&script, SERVER, 0, -EINTR);
	student_reads(&script, SERVER, 0, 3);
	assert_line(&script, 3, STEP_NOT_REACHED);
	student_reads(&script, SERVER, 0, 1);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void receive_of_too_little_says_how_much(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"hello\\n\"}\n"
	                                                  "      - server: {receive: 6B}\n");
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, 4);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "it has read 4 of 6 bytes");
	script_close(&script);
}

static void receive_without_reads_seen_rests_on_the_queue(void **state)
{
	(void)state;
	const char *test = CONNECTED "      - client: {send: \"hello\\n\"}\n      - server: {receive: 6B}\n";
	struct script script = server_connected_at(test, RUNG_A, WATCH_CONTROL);
	client_sends(&script, "hello\n");
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 2);
	assert_line(&script, 3, STEP_NOT_REACHED);
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 0);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
	script = server_connected_at(test, RUNG_A, WATCH_CONTROL);
	client_sends(&script, "hello\n");
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 2);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "it has read 4 of 6 bytes");
	script_close(&script);
}

static void both_cursors_of_one_stream_are_apart(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {send: \"hello\\n\"}\n"
	                                                  "      - client: {receive: \"hello\\n\"}\n"
	                                                  "      - client: {receive: \"more\\n\"}\n");
	server_sends(&script, "hello\n");
	uint32_t line = begins(&script);
	ends(&script, line);
	assert_line(&script, 3, STEP_MET);
	line = begins(&script);
	server_sends(&script, "mOre\n");
	assert_line(&script, 4, STEP_UNMET);
	assert_says(seen(&script, 4), "byte 7 of the stream differs");
	ends(&script, line);
	assert_line(&script, 4, STEP_UNMET);
	script_close(&script);
}

static void references_receive_that_waits_for_ever_is_unmet(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {receive: \"hello\\n\"}\n");
	uint32_t line = begins(&script);
	server_sends(&script, "hel");
	blocked_in(&script, SERVER, CALL_READ, 4);
	ends_with(&script, line, ETIMEDOUT);
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "3 of 6 bytes came; the server waits in read()");
	script_close(&script);
}

static void references_send_that_blocks_says_where_the_program_stands(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: {random: 64KiB, seed: 1}}\n");
	uint32_t line = begins(&script);
	student_reads(&script, SERVER, 0, 4096);
	blocked_in(&script, SERVER, CALL_WRITE, 4);
	ends_with(&script, line, ETIMEDOUT);
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "the server stopped reading after 4096 bytes; the server waits in write() on "
	                              "descriptor 4");
	script_close(&script);
}

static void silent_is_met_when_quiet_and_unmet_by_a_byte(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {send: \"a\"}\n      - server: silent\n");
	server_sends(&script, "a");
	assert_line(&script, 3, STEP_NOT_REACHED);
	quiet(&script);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
	script = server_connected(CONNECTED "      - server: {send: \"a\"}\n      - server: silent\n");
	server_sends(&script, "ab");
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "it sent 1 byte more: \"b\"");
	script_close(&script);
}

static void bytes_behind_the_last_line_break_the_rule(void **state)
{
	(void)state;
	const char *test = CONNECTED "      - server: {send: \"a\"}\n";
	struct script script = server_connected(test);
	server_sends(&script, "ab");
	assert_line(&script, 2, STEP_MET);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_FAIL);
	assert_int_equal(script.result.rule_count, 1);
	assert_int_equal(script.result.rules[0].rule, RULE_EXTRA);
	assert_says(script.result.rules[0].seen, "1 byte more than it was to send: \"b\"");
	script_close(&script);
	script = server_connected("    allow: [extra]\n" CONNECTED "      - server: {send: \"a\"}\n");
	server_sends(&script, "ab");
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

static void bytes_that_a_line_of_the_other_side_took_are_not_extra(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: {send: \"a\"}\n"
	                                                  "      - client: {receive: \"ab\"}\n");
	server_sends(&script, "ab");
	ends(&script, begins(&script));
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

/* Two programs of the student: what was written is what was sent. */
static void between_two_programs_writes_are_compared(void **state)
{
	(void)state;
	struct script script = script_open(CONNECTED "      - client: {send: \"hello\"}\n", STUDENT_BOTH);
	server_starts(&script);
	launch(&script, CLIENT, 101);
	handshake(&script, 0);
	connection_known(&script, 0, CLIENT, SERVER);
	assert_line(&script, 1, STEP_MET);
	student_writes(&script, CLIENT, 0, "hel");
	student_writes(&script, CLIENT, 0, "lo");
	assert_line(&script, 2, STEP_MET);
	script_close(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(send_is_met_by_the_bytes_however_they_are_cut),
		cmocka_unit_test(two_sends_may_come_in_one_read),
		cmocka_unit_test(different_byte_is_unmet_at_once_with_its_offset),
		cmocka_unit_test(missing_bytes_are_counted_when_all_is_quiet),
		cmocka_unit_test(program_that_has_not_read_is_told_so),
		cmocka_unit_test(stream_that_ends_early_is_unmet_at_once),
		cmocka_unit_test(reset_before_all_bytes_is_unmet),
		cmocka_unit_test(any_counts_and_match_takes_to_until),
		cmocka_unit_test(match_that_fails_within_until_is_unmet_at_once),
		cmocka_unit_test(open_match_waits_for_what_may_follow),
		cmocka_unit_test(receive_is_met_by_the_sum_of_the_reads),
		cmocka_unit_test(receive_of_too_little_says_how_much),
		cmocka_unit_test(receive_without_reads_seen_rests_on_the_queue),
		cmocka_unit_test(both_cursors_of_one_stream_are_apart),
		cmocka_unit_test(references_receive_that_waits_for_ever_is_unmet),
		cmocka_unit_test(references_send_that_blocks_says_where_the_program_stands),
		cmocka_unit_test(silent_is_met_when_quiet_and_unmet_by_a_byte),
		cmocka_unit_test(bytes_behind_the_last_line_break_the_rule),
		cmocka_unit_test(bytes_that_a_line_of_the_other_side_took_are_not_extra),
		cmocka_unit_test(between_two_programs_writes_are_compared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
