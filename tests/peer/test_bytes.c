#include "stage.h"

enum { BULK = 256 * 1024 };

static uint8_t *bulk_create(uint32_t seed)
{
	uint8_t *bytes = malloc(BULK);
	assert_non_null(bytes);
	for (size_t i = 0; i < BULK; i++) {
		seed = seed * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(seed >> 24);
	}
	return bytes;
}

static void test_bytes_are_echoed(void **state)
{
	(void)state;
	static const uint8_t binary[] = {0, 255, 13, 10, 0, 26, 4};
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_bytes(stage, CLIENT, VERB_SEND, binary, sizeof(binary));
	stage_bytes(stage, SERVER, VERB_RECEIVE, binary, sizeof(binary));
	stage_bytes(stage, SERVER, VERB_SEND, binary, sizeof(binary));
	stage_bytes(stage, CLIENT, VERB_RECEIVE, binary, sizeof(binary));
	stage_open(stage, NULL);
	stage_play_all(stage);
	stage_assert_read(stage, CLIENT, binary, sizeof(binary));
	assert_int_equal(stage_count(stage, CLIENT, PEER_WRITE, sizeof(binary)), 1);
	stage_free(stage);
}

static void test_both_directions_flow_past_full_buffers(void **state)
{
	(void)state;
	uint8_t *up = bulk_create(1), *down = bulk_create(2);
	struct stage *stage = stage_create(1);
	stage->test.buffer_bytes = 16 * 1024;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_bytes(stage, CLIENT, VERB_SEND, up, BULK);
	stage_bytes(stage, SERVER, VERB_SEND, down, BULK);
	stage_bytes(stage, CLIENT, VERB_RECEIVE, down, BULK);
	stage_bytes(stage, SERVER, VERB_RECEIVE, up, BULK);
	stage_open(stage, NULL);
	stage_play(stage, 0, 2);
	for (uint32_t i = 2; i < 6; i++)
		stage_begin(stage, i);
	for (uint32_t i = 2; i < 6; i++)
		assert_int_equal(stage_finish(stage, i), 0);
	stage_assert_read(stage, CLIENT, down, BULK);
	stage_assert_read(stage, SERVER, up, BULK);
	/* Or the buffers would have swallowed it, and nothing was tested. */
	assert_int_equal(stage_count(stage, CLIENT, PEER_WRITE, BULK), 0);
	stage_free(stage);
	free(up);
	free(down);
}

static void test_half_closed_connection_carries_the_answer(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, CLIENT, VERB_SEND, "question");
	stage_line(stage, CLIENT, VERB_SHUTDOWN);
	stage_line(stage, SERVER, VERB_EOF);
	stage_text(stage, SERVER, VERB_SEND, "answer");
	stage_line(stage, SERVER, VERB_CLOSE);
	stage_text(stage, CLIENT, VERB_RECEIVE, "answer");
	stage_line(stage, CLIENT, VERB_EOF);
	stage_line(stage, CLIENT, VERB_CLOSE);
	stage_open(stage, NULL);
	stage_play_all(stage);
	stage_assert_read(stage, SERVER, "question", 8);
	assert_int_equal(stage_count(stage, CLIENT, PEER_READ, 0), 1);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 0), 1);
	stage_free(stage);
}

static void test_receive_that_meets_the_end_says_how_much_there_was(void **state)
{
	(void)state;
	int error;
	int64_t progress;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, CLIENT, VERB_SEND, "abc");
	stage_line(stage, CLIENT, VERB_CLOSE);
	stage_text(stage, SERVER, VERB_RECEIVE, "abcdef");
	stage_open(stage, NULL);
	stage_play_all(stage);
	assert_true(stage_done(stage, 3, &error, &progress));
	assert_int_equal(progress, 3);
	stage_free(stage);
}

static void test_bytes_are_received_once(void **state)
{
	(void)state;
	int error;
	int64_t progress;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, CLIENT, VERB_SEND, "abc");
	stage_text(stage, SERVER, VERB_RECEIVE, "abc");
	stage_text(stage, SERVER, VERB_RECEIVE, "abc");
	stage_open(stage, NULL);
	stage_play(stage, 0, 3);
	stage_begin(stage, 3);
	stage_settle(stage);
	assert_false(stage_done(stage, 3, &error, &progress));
	assert_int_equal(progress, 0);
	stage_free(stage);
}

static void test_reset_is_no_end_of_the_stream(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_line(stage, CLIENT, VERB_RESET);
	stage_line(stage, SERVER, VERB_EOF);
	stage_open(stage, NULL);
	stage_play(stage, 0, 4);
	stage_begin(stage, 4);
	assert_int_equal(stage_finish(stage, 4), ECONNRESET);
	assert_int_equal(stage_count(stage, CLIENT, PEER_RESET, 0), 1);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 0), 0);
	stage_free(stage);
}

static void test_reset_that_a_write_meets_is_no_end_of_the_stream_either(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_line(stage, CLIENT, VERB_RESET);
	stage_text(stage, SERVER, VERB_SEND, "too late");
	stage_line(stage, SERVER, VERB_EOF);
	stage_open(stage, NULL);
	stage_play(stage, 0, 3);
	peer_hold(stage->peer, SERVER, true);
	stage_play(stage, 3, 4);
	stage_begin(stage, 4);
	assert_int_equal(stage_finish(stage, 4), ECONNRESET);
	peer_hold(stage->peer, SERVER, false);
	stage_begin(stage, 5);
	assert_int_equal(stage_finish(stage, 5), ECONNRESET);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 0), 0);
	stage_free(stage);
}

static void test_reset_behind_the_end_of_the_stream_is_seen(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, CLIENT, VERB_SHUTDOWN);
	stage_line(stage, SERVER, VERB_EOF);
	stage_line(stage, CLIENT, VERB_RESET);
	stage_open(stage, NULL);
	stage_play_all(stage);
	stage_settle(stage);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, -ECONNRESET), 1);
	stage_free(stage);
}

static void test_pieces_go_one_by_one_when_the_last_is_taken(void **state)
{
	(void)state;
	static const uint32_t pieces[] = {3, 1};
	int error;
	int64_t progress;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	struct step *step = stage_text(stage, CLIENT, VERB_SEND, "abcdef");
	step->pieces = pieces;
	step->piece_count = 2;
	stage_open(stage, NULL);
	stage->taken = false;
	stage_play(stage, 0, 1);
	stage_begin(stage, 1);
	stage_settle(stage);
	assert_false(peer_quiet(stage->peer));
	stage_settle(stage);
	assert_false(stage_done(stage, 1, &error, &progress));
	assert_int_equal(progress, 3);
	stage->taken = true;
	for (int64_t expected = 4; expected <= 6; expected += 2) {
		assert_true(peer_quiet(stage->peer));
		stage_settle(stage);
		assert_int_equal(stage_done(stage, 1, &error, &progress), expected == 6);
		assert_int_equal(progress, expected);
	}
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 3), 1);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 1), 1);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 2), 1);
	assert_false(peer_quiet(stage->peer));
	stage_free(stage);
}

static void test_held_reader_fills_the_window_until_released(void **state)
{
	(void)state;
	int error;
	int64_t progress;
	uint8_t *bulk = bulk_create(3);
	struct stage *stage = stage_create(1);
	stage->test.buffer_bytes = 16 * 1024;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_bytes(stage, CLIENT, VERB_SEND, bulk, BULK);
	stage_open(stage, NULL);
	stage_play(stage, 0, 3);
	peer_hold(stage->peer, SERVER, true);
	stage_begin(stage, 3);
	stage_settle(stage);
	assert_false(stage_done(stage, 3, &error, &progress));
	assert_true(progress > 0 && progress < BULK / 2);
	assert_int_equal(stage->read[SERVER].length, 0);
	peer_hold(stage->peer, SERVER, false);
	assert_int_equal(stage_finish(stage, 3), 0);
	stage_settle(stage);
	stage_assert_read(stage, SERVER, bulk, BULK);
	stage_free(stage);
	free(bulk);
}

static void test_close_reads_what_is_there_and_sends_a_fin(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_text(stage, CLIENT, VERB_SEND, "unread");
	stage_line(stage, SERVER, VERB_CLOSE);
	stage_line(stage, CLIENT, VERB_EOF);
	stage_open(stage, NULL);
	stage_play_all(stage);
	stage_assert_read(stage, SERVER, "unread", 6);
	stage_free(stage);
}

static void test_close_of_a_held_role_with_unread_data_is_a_reset(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_text(stage, CLIENT, VERB_SEND, "unread");
	stage_line(stage, SERVER, VERB_CLOSE);
	stage_line(stage, CLIENT, VERB_EOF);
	stage_open(stage, NULL);
	stage_play(stage, 0, 3);
	peer_hold(stage->peer, SERVER, true);
	stage_play(stage, 3, 5);
	stage_begin(stage, 5);
	assert_int_equal(stage_finish(stage, 5), ECONNRESET);
	stage_free(stage);
}

static void test_pattern_is_received_when_it_matches_behind_earlier_lines(void **state)
{
	(void)state;
	int error;
	int64_t progress;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, CLIENT, VERB_SEND, "end\nkey=");
	stage_text(stage, CLIENT, VERB_SEND, "17\nend\nrest");
	stage_text(stage, SERVER, VERB_RECEIVE, "end\n");
	struct step *step = stage_line(stage, SERVER, VERB_RECEIVE);
	step->data = (struct data){.kind = DATA_PATTERN, .pattern = "key=([0-9]+)", .until = "end\n"};
	stage_text(stage, SERVER, VERB_RECEIVE, "rest");
	stage_open(stage, NULL);
	stage_play(stage, 0, 2);
	stage_begin(stage, 3);
	assert_int_equal(stage_finish(stage, 3), 0);
	stage_begin(stage, 4);
	stage_settle(stage);
	assert_false(stage_done(stage, 4, &error, &progress));
	stage_play(stage, 2, 3);
	assert_int_equal(stage_finish(stage, 4), 0);
	assert_true(stage_done(stage, 4, &error, &progress));
	assert_int_equal(progress, strlen("key=17\nend\n"));
	stage_play(stage, 5, 6);
	stage_free(stage);
}

static void test_match_that_could_be_longer_waits_for_a_quiet_moment(void **state)
{
	(void)state;
	int error;
	int64_t progress;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, CLIENT, VERB_SEND, "12");
	stage_text(stage, CLIENT, VERB_SEND, "34");
	struct step *step = stage_line(stage, SERVER, VERB_RECEIVE);
	step->data = (struct data){.kind = DATA_PATTERN, .pattern = "[0-9]+"};
	stage_open(stage, NULL);
	stage_play(stage, 0, 2);
	stage_begin(stage, 3);
	stage_settle(stage);
	assert_false(stage_done(stage, 3, &error, &progress));
	stage_play(stage, 2, 3);
	stage_settle(stage);
	assert_false(stage_done(stage, 3, &error, &progress));
	assert_true(peer_quiet(stage->peer));
	assert_true(stage_done(stage, 3, &error, &progress));
	assert_int_equal(error, 0);
	assert_int_equal(progress, 4);
	stage_free(stage);
}

static void test_names_are_put_into_what_is_sent(void **state)
{
	(void)state;
	static const struct data expanded = {.kind = DATA_BYTES, .bytes = (const uint8_t *)"seven", .length = 5};
	struct stage *stage = stage_create(1);
	stage->expanded = &expanded;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, CLIENT, VERB_SEND, "{NUMBER}")->data.uses_names = true;
	stage_text(stage, SERVER, VERB_RECEIVE, "seven");
	stage_open(stage, NULL);
	stage_play_all(stage);
	stage_assert_read(stage, SERVER, "seven", 5);
	stage_free(stage);
}

static void test_close_waits_for_a_send_of_another_branch(void **state)
{
	(void)state;
	uint8_t *bulk = bulk_create(4);
	struct stage *stage = stage_create(1);
	stage->test.buffer_bytes = 16 * 1024;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_bytes(stage, CLIENT, VERB_SEND, bulk, BULK);
	stage_line(stage, CLIENT, VERB_CLOSE);
	stage_line(stage, SERVER, VERB_EOF);
	stage_open(stage, NULL);
	stage_play(stage, 0, 2);
	stage_begin(stage, 2);
	stage_begin(stage, 3);
	stage_play(stage, 4, 5);
	assert_int_equal(stage_finish(stage, 2), 0);
	assert_int_equal(stage_finish(stage, 3), 0);
	stage_assert_read(stage, SERVER, bulk, BULK);
	stage_free(stage);
	free(bulk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_are_echoed),
		cmocka_unit_test(test_both_directions_flow_past_full_buffers),
		cmocka_unit_test(test_half_closed_connection_carries_the_answer),
		cmocka_unit_test(test_receive_that_meets_the_end_says_how_much_there_was),
		cmocka_unit_test(test_bytes_are_received_once),
		cmocka_unit_test(test_reset_is_no_end_of_the_stream),
		cmocka_unit_test(test_reset_that_a_write_meets_is_no_end_of_the_stream_either),
		cmocka_unit_test(test_reset_behind_the_end_of_the_stream_is_seen),
		cmocka_unit_test(test_pieces_go_one_by_one_when_the_last_is_taken),
		cmocka_unit_test(test_held_reader_fills_the_window_until_released),
		cmocka_unit_test(test_close_reads_what_is_there_and_sends_a_fin),
		cmocka_unit_test(test_close_of_a_held_role_with_unread_data_is_a_reset),
		cmocka_unit_test(test_pattern_is_received_when_it_matches_behind_earlier_lines),
		cmocka_unit_test(test_match_that_could_be_longer_waits_for_a_quiet_moment),
		cmocka_unit_test(test_names_are_put_into_what_is_sent),
		cmocka_unit_test(test_close_waits_for_a_send_of_another_branch),
	};
	if (!stage_isolate())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
