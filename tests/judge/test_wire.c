#include "server_stage.h"

static void fin_and_ack_of_one_segment_meet_two_items_in_either_order(void **state)
{
	(void)state;
	const char *const orders[] = {"[client: FIN, server: ACK, server: FIN, client: ACK]",
	                              "[client: FIN, server: FIN, server: ACK]", "[client: FIN, server: FIN]"};
	for (size_t i = 0; i < 3; i++) {
		TEXT_AUTO test = {0};
		text_printf(&test, "%s      - client: close\n      - wire: %s\n", CONNECTED, orders[i]);
		struct script script = server_connected(text_string(&test));
		uint32_t line = begins(&script);
		segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
		ends(&script, line);
		segment(&script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
		segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
		assert_line(&script, 3, STEP_MET);
		script_close(&script);
	}
}

/* Both ends close at once: the server's FIN goes out before it has seen the client's. */
static void acknowledgment_behind_the_fin_still_counts(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: close\n"
	                                                  "      - wire: [client: FIN, server: ACK]\n"
	                                                  "      - wire: [server: FIN, client: ACK]\n");
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment_early(&script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0, 1);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	segment(&script, 0, END_SERVER, SEGMENT_ACK, 0);
	ends(&script, line);
	assert_line(&script, 3, STEP_MET);
	assert_line(&script, 4, STEP_MET);
	script_close(&script);
}

static void ack_has_to_cover_what_stands_before_it(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"hello\"}\n"
	                                                  "      - wire: [client: DATA 5, server: ACK]\n");
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 5);
	segment_early(&script, 0, END_SERVER, SEGMENT_ACK, 0, 1);
	ends(&script, line);
	assert_line(&script, 3, STEP_NOT_REACHED);
	segment(&script, 0, END_SERVER, SEGMENT_ACK, 0);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void ack_may_travel_with_data(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"hello\"}\n"
	                                                  "      - wire: [client: DATA, server: ACK, server: DATA, client: "
	                                                  "ACK]\n");
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 5);
	ends(&script, line);
	segment(&script, 0, END_SERVER, SEGMENT_ACK | SEGMENT_PSH, 5);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void data_of_another_length_between_two_items_contradicts(void **state)
{
	(void)state;
	const char *test = CONNECTED "      - client: {send: \"hello\", segments: [3, 2]}\n"
								 "      - wire: [client: DATA 3, client: DATA 2]\n";
	struct script script = server_connected(test);
	uint32_t line = begins(&script);
	data_segment(&script, 0, END_CLIENT, 3);
	data_segment(&script, 0, END_CLIENT, 2);
	ends(&script, line);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
	script = server_connected(test);
	line = begins(&script);
	data_segment(&script, 0, END_CLIENT, 3);
	data_segment(&script, 0, END_CLIENT, 1);
	data_segment(&script, 0, END_CLIENT, 1);
	ends(&script, line);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "DATA 1 came in the place of client: DATA 2");
	script_close(&script);
}

static void retransmission_is_passed_over(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: {send: \"hello\", segments: [3, 2]}\n"
	                                                  "      - wire: [client: DATA 3, client: DATA 2]\n");
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 3);
	script.flows[0].sent[END_CLIENT] -= 3;
	segment(&script, 0, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 3);
	data_segment(&script, 0, END_CLIENT, 2);
	ends(&script, line);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
}

static void rst_in_the_place_of_fin_contradicts(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - client: close\n      - wire: [server: FIN]\n");
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	ends(&script, line);
	server_resets(&script, 0);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "RST came in the place of server: FIN");
	script_close(&script);
}

static void missing_segment_names_the_last_one(void **state)
{
	(void)state;
	struct script script =
		server_connected(CONNECTED "      - client: close\n      - wire: [client: FIN, server: FIN]\n");
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_SERVER, SEGMENT_ACK, 0);
	ends(&script, line);
	waits_in(&script, CALL_ACCEPT, 3);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "server: FIN did not come: the last segment from there was ACK");
	script_close(&script);
}

#define NOT_RST CONNECTED "      - client: close\n      - wire: [client: FIN, {not: {server: RST}}]\n"

static void forbidden_segment_is_looked_for_until_all_is_quiet(void **state)
{
	(void)state;
	struct script script = server_connected(NOT_RST);
	uint32_t line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	ends(&script, line);
	assert_line(&script, 3, STEP_NOT_REACHED);
	quiet(&script);
	assert_line(&script, 3, STEP_MET);
	script_close(&script);
	script = server_connected(NOT_RST);
	line = begins(&script);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	ends(&script, line);
	server_resets(&script, 0);
	assert_line(&script, 3, STEP_UNMET);
	assert_says(seen(&script, 3), "this segment was sent: RST");
	script_close(&script);
}

static void without_capture_it_is_inconclusive(void **state)
{
	(void)state;
	struct script script = server_connected_at(CONNECTED "      - wire: [client: SYN]\n", RUNG_C, WATCH_CALLS);
	quiet(&script);
	assert_line(&script, 2, STEP_INCONCLUSIVE);
	script_close(&script);
}

static void without_capture_states_prove_handshake_and_close(void **state)
{
	(void)state;
	struct script script =
		server_connected_at(CONNECTED "      - wire: [client: SYN, server: SYN-ACK, client: ACK]\n"
	                                  "      - client: close\n"
	                                  "      - wire: [client: FIN, server: ACK, server: FIN, client: ACK]\n",
	                        RUNG_C, WATCH_CALLS);
	assert_line(&script, 2, STEP_NOT_REACHED);
	confirmed(&script, 0, END_CLIENT, STATE_ESTABLISHED, true, 0);
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 0);
	assert_line(&script, 2, STEP_MET);
	uint32_t line = begins(&script);
	peer(&script, CLIENT, 0, PEER_CLOSE, 0, NULL);
	ends(&script, line);
	confirmed(&script, 0, END_CLIENT, STATE_FIN_WAIT_2, false, 0);
	confirmed(&script, 0, END_SERVER, STATE_CLOSE_WAIT, true, 0);
	assert_line(&script, 4, STEP_NOT_REACHED); /* the server's FIN */
	confirmed(&script, 0, END_CLIENT, STATE_TIME_WAIT, false, 0);
	assert_line(&script, 4, STEP_NOT_REACHED); /* its acknowledgment */
	confirmed(&script, 0, END_SERVER, STATE_CLOSED, false, 0);
	assert_line(&script, 4, STEP_MET);
	script_close(&script);
}

static void lost_segments_make_an_unmet_line_inconclusive(void **state)
{
	(void)state;
	struct script script = server_connected(CONNECTED "      - wire: [server: FIN]\n");
	quiet(&script);
	assert_line(&script, 2, STEP_UNMET);
	struct event dropped = blank(EVENT_DROPPED, ACTOR_NONE, CONNECTION_NONE);
	dropped.dropped.count = 3;
	script_feed(&script, &dropped);
	assert_line(&script, 2, STEP_INCONCLUSIVE);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_INCONCLUSIVE);
	script_close(&script);
}

/* Each connection has its own segments. */
static void the_connection_of_the_named_client_is_meant(void **state)
{
	(void)state;
	struct script script = script_open("    clients: [alice, bob]\n"
	                                   "    steps:\n"
	                                   "      - server: listen\n"
	                                   "      - alice: connect\n"
	                                   "      - bob: connect\n"
	                                   "      - alice: close\n"
	                                   "      - wire: [alice: FIN, server: ACK]\n",
	                                   STUDENT_SERVER);
	server_starts(&script);
	client_connects(&script, 0, 1);
	client_connects(&script, 1, 2);
	uint32_t line = begins(&script);
	segment(&script, 1, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 1, END_SERVER, SEGMENT_ACK, 0);
	ends(&script, line);
	assert_line(&script, 4, STEP_NOT_REACHED);
	segment(&script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_SERVER, SEGMENT_ACK, 0);
	assert_line(&script, 4, STEP_MET);
	script_close(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fin_and_ack_of_one_segment_meet_two_items_in_either_order),
		cmocka_unit_test(acknowledgment_behind_the_fin_still_counts),
		cmocka_unit_test(ack_has_to_cover_what_stands_before_it),
		cmocka_unit_test(ack_may_travel_with_data),
		cmocka_unit_test(data_of_another_length_between_two_items_contradicts),
		cmocka_unit_test(retransmission_is_passed_over),
		cmocka_unit_test(rst_in_the_place_of_fin_contradicts),
		cmocka_unit_test(missing_segment_names_the_last_one),
		cmocka_unit_test(forbidden_segment_is_looked_for_until_all_is_quiet),
		cmocka_unit_test(without_capture_it_is_inconclusive),
		cmocka_unit_test(without_capture_states_prove_handshake_and_close),
		cmocka_unit_test(lost_segments_make_an_unmet_line_inconclusive),
		cmocka_unit_test(the_connection_of_the_named_client_is_meant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
