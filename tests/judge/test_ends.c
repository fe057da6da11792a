/* eof, shutdown, close, reset of a student's server. */
#include "server_stage.h"

#define UP_TO_EOF CONNECTED "      - client: shutdown\n      - server: eof\n"
#define UP_TO_CLOSE UP_TO_EOF "      - server: close\n"

static void eof_is_met_by_a_read_of_0(void **state)
{
	(void)state;
	struct script script = server_connected(UP_TO_EOF);
	client_ends_stream(&script);
	assert_line(&script, 3, STEP_NOT_REACHED);
	student_reads(&script, SERVER, 0, 0);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void eof_not_read_is_unmet_with_the_last_read(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"hello\"}\n"
	                                                  "      - client: shutdown\n"
	                                                  "      - server: eof\n");
	client_sends(&script, "hello");
	student_reads(&script, SERVER, 0, 5);
	client_ends_stream(&script);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 4, STEP_UNMET);
	assert_says(wanted(&script, 4), "the server to read the end of the stream");
	assert_says(seen(&script, 4), "its last read() on descriptor 4 returned 5");
	assert_says(seen(&script, 4), "waits in accept() on descriptor 3");
	script_close(&script);
}

static void eof_is_met_by_closing_after_poll_told_of_it(void **state)
{
	(void)state;
	struct script script = server_connected(UP_TO_EOF);
	client_ends_stream(&script);
	returns(&script, SERVER, (struct call_made){CALL_EPOLL_WAIT, 5, 0, -1, 1, -1, 0, NULL});
	server_closes(&script, STATE_CLOSE_WAIT, STATE_CLOSED);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void eof_is_not_met_by_closing_without_looking(void **state)
{
	(void)state;
	struct script script = server_connected(UP_TO_EOF);
	returns(&script, SERVER, (struct call_made){CALL_EPOLL_WAIT, 5, 0, -1, 1, -1, 0, NULL});
	client_ends_stream(&script);
	server_closes(&script, STATE_CLOSE_WAIT, STATE_CLOSED);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 3, STEP_UNMET);
	script_close(&script);
}

static void read_of_0_before_the_fin_is_no_eof(void **state)
{
	(void)state;
	struct script script = server_connected(UP_TO_EOF);
	returns(&script, SERVER, (struct call_made){CALL_SHUTDOWN, 4, 901, 0, 0, 0, 0, NULL});
	student_reads(&script, SERVER, 0, 0);
	client_ends_stream(&script);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 3, STEP_UNMET);
	script_close(&script);
}

static void eof_without_reads_seen_is_met_by_an_orderly_close(void **state)
{
	(void)state;
	struct script script = server_connected_at(UP_TO_EOF, RUNG_A, WATCH_CONTROL);
	client_ends_stream(&script);
	server_closes(&script, STATE_CLOSE_WAIT, STATE_CLOSED);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void eof_without_reads_seen_and_no_close_is_inconclusive(void **state)
{
	(void)state;
	struct script script = server_connected_at(UP_TO_EOF, RUNG_A, WATCH_CONTROL);
	client_ends_stream(&script);
	confirmed(&script, 0, END_SERVER, STATE_CLOSE_WAIT, true, 0);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 3, STEP_INCONCLUSIVE);
	script_close(&script);
}

static void eof_behind_bytes_that_lie_unread_is_unmet_without_reads_seen(void **state)
{
	(void)state;
	struct script script = server_connected_at(UP_TO_EOF, RUNG_A, WATCH_CONTROL);
	client_ends_stream(&script);
	confirmed(&script, 0, END_SERVER, STATE_CLOSE_WAIT, true, 7);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 3, STEP_UNMET);
	script_close(&script);
}

static void close_is_met_by_fin_and_an_orphaned_socket(void **state)
{
	(void)state;
	struct script script = server_connected(UP_TO_CLOSE);
	client_ends_stream(&script);
	student_reads(&script, SERVER, 0, 0);
	server_closes(&script, STATE_CLOSE_WAIT, STATE_CLOSED);
	assert_line(&script, 4, STEP_MET);
	script_close(&script);
}

static void never_closed_says_where_the_socket_stands(void **state)
{
	(void)state;
	struct script script = server_connected(UP_TO_CLOSE);
	client_ends_stream(&script);
	student_reads(&script, SERVER, 0, 0);
	confirmed(&script, 0, END_SERVER, STATE_CLOSE_WAIT, true, 0);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 3, STEP_MET);
	assert_line(&script, 4, STEP_UNMET);
	assert_string_equal(wanted(&script, 4), "the server to close the connection (its FIN)");
	assert_string_equal(seen(&script, 4),
	                    "read() on descriptor 4 returned 0, then nothing: the socket is still open in "
	                    "CLOSE_WAIT; the server waits in accept() on descriptor 3");
	script_close(&script);
}

static void descriptor_left_in_another_process_is_named(void **state)
{
	(void)state;
	struct script script = server_connected(UP_TO_CLOSE);
	client_ends_stream(&script);
	student_reads(&script, SERVER, 0, 0);
	student_closes(&script, SERVER, 0); /* the child; the parent still has it */
	confirmed(&script, 0, END_SERVER, STATE_CLOSE_WAIT, true, 0);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 4, STEP_UNMET);
	assert_says(seen(&script, 4), "as another descriptor of the socket is still open");
	script_close(&script);
}

static void reset_instead_of_close_names_the_unread_bytes(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"hello\"}\n      - server: close\n");
	client_sends(&script, "hello");
	server_resets(&script, 5);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "RST instead of a FIN: 5 bytes lay unread");
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.rule_count, 1);
	assert_int_equal(script.result.rules[0].rule, RULE_RESET);
	script_close(&script);
}

static void close_of_a_connection_that_the_peer_reset_needs_no_fin(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: reset\n      - server: close\n");
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_RST | SEGMENT_ACK, 0);
	peer(&script, CLIENT, 0, PEER_RESET, 0, NULL);
	ends(&script, line);
	student_reads(&script, SERVER, 0, -ECONNRESET);
	confirmed(&script, 0, END_SERVER, STATE_CLOSED, false, 0);
	assert_line(&script, 3, STEP_NOT_REACHED);
	student_closes(&script, SERVER, 0);
	assert_line(&script, 3, STEP_MET);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

static void shutdown_is_met_by_fin_with_the_socket_open(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: shutdown\n      - server: close\n");
	calls(&script, SERVER, (struct call_made){CALL_SHUTDOWN, 4, 901, 1, 0, 0, 0, NULL});
	segment(&script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	returns(&script, SERVER, (struct call_made){CALL_SHUTDOWN, 4, 901, 1, 0, 0, 0, NULL});
	confirmed(&script, 0, END_SERVER, STATE_FIN_WAIT_2, true, 0);
	assert_line(&script, 2, STEP_MET);
	assert_line(&script, 3, STEP_NOT_REACHED);
	student_closes(&script, SERVER, 0);
	confirmed(&script, 0, END_SERVER, STATE_FIN_WAIT_2, false, 0);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void shutdown_by_close_is_unmet(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: shutdown\n");
	server_closes(&script, STATE_ESTABLISHED, STATE_FIN_WAIT_2);
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "closed the socket altogether");
	script_close(&script);
}

static void shutdown_of_both_directions_is_unmet(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: shutdown\n");
	segment(&script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
	returns(&script, SERVER, (struct call_made){CALL_SHUTDOWN, 4, 901, 2, 0, 0, 0, NULL});
	confirmed(&script, 0, END_SERVER, STATE_FIN_WAIT_1, true, 0);
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "SHUT_RDWR");
	script_close(&script);
}

static void shutdown_untraced_is_met_when_bytes_go_on_coming(void **state)
{
	(void)state;
	struct script script = server_connected_at(CONNECTED "      - server: shutdown\n", RUNG_D, WATCH_NOTHING);
	script.deaf = false;
	segment(&script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 100);
	confirmed(&script, 0, END_SERVER, STATE_FIN_WAIT_2, false, 0);
	assert_line(&script, 2, STEP_MET);
	script_close(&script);
}

static void reset_is_met_by_rst_and_unmet_by_fin(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - server: reset\n");
	server_resets(&script, 0);
	assert_line(&script, 2, STEP_MET);
	quiet(&script);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS); /* the line asks for it */
	script_close(&script);
	script = server_connected(CONNECTED "      - server: reset\n");
	server_closes(&script, STATE_ESTABLISHED, STATE_FIN_WAIT_2);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "a FIN and no RST");
	script_close(&script);
}

static void close_without_capture_is_met_by_the_peers_read(void **state)
{
	(void)state;
	struct script script = server_connected_at(CONNECTED "      - server: close\n", RUNG_C, WATCH_CALLS);
	student_closes(&script, SERVER, 0);
	assert_line(&script, 2, STEP_NOT_REACHED);
	peer(&script, CLIENT, 0, PEER_READ, 0, NULL);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 2, STEP_MET);
	script_close(&script);
}

static void references_eof_names_a_missing_fin(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: eof\n");
	uint32_t line = begins(&script);
	blocked_in(&script, SERVER, CALL_READ, 4);
	ends_with(&script, line, ETIMEDOUT);
	quiet(&script);
	assert_line(&script, 2, STEP_UNMET);
	assert_says(seen(&script, 2), "no FIN came; the server waits in read() on descriptor 4");
	script_close(&script);
}

static void references_eof_is_met_whatever_came_before_it(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: eof\n");
	uint32_t line = begins(&script);
	server_sends(&script, "welcome");
	server_closes(&script, STATE_ESTABLISHED, STATE_FIN_WAIT_2);
	ends(&script, line);
	assert_line(&script, 2, STEP_MET);
	script_close(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eof_is_met_by_a_read_of_0),
		cmocka_unit_test(eof_not_read_is_unmet_with_the_last_read),
		cmocka_unit_test(eof_is_met_by_closing_after_poll_told_of_it),
		cmocka_unit_test(eof_is_not_met_by_closing_without_looking),
		cmocka_unit_test(read_of_0_before_the_fin_is_no_eof),
		cmocka_unit_test(eof_without_reads_seen_is_met_by_an_orderly_close),
		cmocka_unit_test(eof_without_reads_seen_and_no_close_is_inconclusive),
		cmocka_unit_test(eof_behind_bytes_that_lie_unread_is_unmet_without_reads_seen),
		cmocka_unit_test(close_is_met_by_fin_and_an_orphaned_socket),
		cmocka_unit_test(never_closed_says_where_the_socket_stands),
		cmocka_unit_test(descriptor_left_in_another_process_is_named),
		cmocka_unit_test(reset_instead_of_close_names_the_unread_bytes),
		cmocka_unit_test(close_of_a_connection_that_the_peer_reset_needs_no_fin),
		cmocka_unit_test(shutdown_is_met_by_fin_with_the_socket_open),
		cmocka_unit_test(shutdown_by_close_is_unmet),
		cmocka_unit_test(shutdown_of_both_directions_is_unmet),
		cmocka_unit_test(shutdown_untraced_is_met_when_bytes_go_on_coming),
		cmocka_unit_test(reset_is_met_by_rst_and_unmet_by_fin),
		cmocka_unit_test(close_without_capture_is_met_by_the_peers_read),
		cmocka_unit_test(references_eof_names_a_missing_fin),
		cmocka_unit_test(references_eof_is_met_whatever_came_before_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
