/* The state machine of RFC 9293, both roles, on a wire that loses, repeats and reorders. */
#include "pair.h"

#include "tcp/sequence.h"

static void three_segments_open_a_connection(void **state)
{
	(void)state;
	struct pair *pair = pair_create();
	tcb_connect(&pair->end[A]);
	pair_settle(pair);
	assert_int_equal(pair->count, 3);
	assert_int_equal(pair_at(pair, 0)->flags, SEGMENT_SYN);
	assert_int_equal(pair_at(pair, 0)->maximum, 1460);
	assert_int_equal(pair_at(pair, 1)->flags, SEGMENT_SYN | SEGMENT_ACK);
	assert_int_equal(pair_at(pair, 1)->acknowledgment, 0xfffffff1);
	assert_int_equal(pair_at(pair, 2)->flags, SEGMENT_ACK);
	assert_int_equal(pair_at(pair, 2)->acknowledgment, 5001);
	assert_int_equal(pair->end[B].state, STATE_ESTABLISHED);
	pair_free(pair);
}

static void both_may_open_at_once(void **state)
{
	(void)state;
	struct pair *pair = pair_create();
	tcb_init(&pair->end[B], 5000, 16384, 1460);
	tcb_connect(&pair->end[A]);
	tcb_connect(&pair->end[B]);
	int a = pair_take(pair, A), b = pair_take(pair, B);
	pair_deliver(pair, a);
	pair_deliver(pair, b);
	assert_int_equal(pair->end[A].state, STATE_SYN_RECEIVED);
	assert_int_equal(pair->end[B].state, STATE_SYN_RECEIVED);
	pair_settle(pair);
	assert_int_equal(pair->end[A].state, STATE_ESTABLISHED);
	assert_int_equal(pair->end[B].state, STATE_ESTABLISHED);
	pair_send(pair, A, "from a");
	pair_send(pair, B, "from b");
	pair_settle(pair);
	pair_reads(pair, A, "from b");
	pair_reads(pair, B, "from a");
	pair_free(pair);
}

static void a_closed_port_refuses(void **state)
{
	(void)state;
	struct pair *pair = pair_create();
	tcb_init(&pair->end[B], 5000, 16384, 1460);
	tcb_connect(&pair->end[A]);
	pair_settle(pair);
	assert_int_equal(pair_at(pair, 1)->flags, SEGMENT_RST | SEGMENT_ACK);
	assert_int_equal(pair->end[A].state, STATE_CLOSED);
	assert_int_equal(pair->end[A].fault, TCB_REFUSED);
	pair_free(pair);
}

static void a_lost_syn_ack_comes_again(void **state)
{
	(void)state;
	struct pair *pair = pair_create();
	tcb_connect(&pair->end[A]);
	pair_deliver(pair, pair_take(pair, A));
	pair_take(pair, B); /* never arrives */
	assert_true(tcb_retransmit(&pair->end[A]));
	pair_settle(pair);
	assert_int_equal(pair->end[A].state, STATE_ESTABLISHED);
	assert_int_equal(pair->end[B].state, STATE_ESTABLISHED);
	assert_false(tcb_in_flight(&pair->end[A]));
	pair_free(pair);
}

static void data_carry_the_acknowledgment_of_a_lost_one(void **state)
{
	(void)state;
	struct pair *pair = pair_create();
	tcb_connect(&pair->end[A]);
	pair_deliver(pair, pair_take(pair, A));
	pair_deliver(pair, pair_take(pair, B));
	pair_take(pair, A); /* the ACK is lost */
	assert_int_equal(pair->end[B].state, STATE_SYN_RECEIVED);
	pair_send(pair, A, "hello");
	pair_settle(pair);
	assert_int_equal(pair->end[B].state, STATE_ESTABLISHED);
	pair_reads(pair, B, "hello");
	pair_free(pair);
}

static void an_active_close_ends_in_time_wait(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	tcb_close(&pair->end[A]);
	assert_int_equal(pair->end[A].state, STATE_FIN_WAIT_1);
	pair_deliver(pair, pair_take(pair, A));
	assert_int_equal(pair->end[B].state, STATE_CLOSE_WAIT);
	assert_true(tcb_at_end(&pair->end[B]));
	pair_deliver(pair, pair_take(pair, B));
	assert_int_equal(pair->end[A].state, STATE_FIN_WAIT_2);
	tcb_close(&pair->end[B]);
	assert_int_equal(pair->end[B].state, STATE_LAST_ACK);
	pair_settle(pair);
	assert_int_equal(pair->end[A].state, STATE_TIME_WAIT);
	assert_int_equal(pair->end[B].state, STATE_CLOSED);
	assert_int_equal(pair->end[B].fault, TCB_SOUND);
	tcb_expire(&pair->end[A]);
	assert_int_equal(pair->end[A].state, STATE_CLOSED);
	pair_free(pair);
}

static void both_may_close_at_once(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	tcb_close(&pair->end[A]);
	tcb_close(&pair->end[B]);
	int a = pair_take(pair, A), b = pair_take(pair, B);
	pair_deliver(pair, a);
	pair_deliver(pair, b);
	assert_int_equal(pair->end[A].state, STATE_CLOSING);
	assert_int_equal(pair->end[B].state, STATE_CLOSING);
	pair_settle(pair);
	assert_int_equal(pair->end[A].state, STATE_TIME_WAIT);
	assert_int_equal(pair->end[B].state, STATE_TIME_WAIT);
	pair_free(pair);
}

static void a_half_closed_end_still_receives(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	tcb_close(&pair->end[A]);
	pair_settle(pair);
	pair_send(pair, B, "late");
	pair_settle(pair);
	pair_reads(pair, A, "late");
	assert_int_equal(tcb_send(&pair->end[A], "x", 1), -1);
	pair_free(pair);
}

static void fin_travels_with_the_last_data(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	pair_send(pair, A, "bye");
	tcb_close(&pair->end[A]);
	int place = pair_take(pair, A);
	assert_int_equal(pair->count, place + 1);
	assert_int_equal(pair_at(pair, place)->length, 3);
	assert_true(pair_at(pair, place)->flags & SEGMENT_FIN);
	pair_deliver(pair, place);
	pair_reads(pair, B, "bye");
	assert_true(tcb_at_end(&pair->end[B]));
	pair_free(pair);
}

static void a_fin_ahead_of_its_data_waits_for_them(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	pair_send(pair, A, "bye");
	int data = pair_take(pair, A);
	tcb_close(&pair->end[A]);
	int fin = pair_take(pair, A);
	pair_deliver(pair, fin);
	assert_int_equal(pair->end[B].state, STATE_ESTABLISHED);
	pair_deliver(pair, data);
	assert_int_equal(pair->end[B].state, STATE_CLOSE_WAIT);
	pair_reads(pair, B, "bye");
	pair_free(pair);
}

static void segments_in_any_order_make_the_same_stream(void **state)
{
	(void)state;
	static const int orders[][4] = {{3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}, {0, 1, 2, 3}};
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		struct pair *pair = pair_connected();
		static const char *const pieces[] = {"one ", "two ", "three ", "four"};
		int places[4];
		for (int j = 0; j < 4; j++) {
			pair_send(pair, A, pieces[j]);
			places[j] = pair_take(pair, A);
		}
		for (int j = 0; j < 4; j++)
			pair_deliver(pair, places[orders[i][j]]);
		pair_reads(pair, B, "one two three four");
		pair_settle(pair);
		assert_false(tcb_in_flight(&pair->end[A]));
		pair_free(pair);
	}
}

static void what_comes_twice_counts_once(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	pair_send(pair, A, "hello");
	int place = pair_take(pair, A);
	pair_deliver(pair, place);
	pair_deliver(pair, place);
	pair_reads(pair, B, "hello");
	pair_deliver(pair, place);
	pair_reads(pair, B, "");
	pair_free(pair);
}

static void what_is_lost_comes_again_as_it_was_cut(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	pair_send(pair, A, "abc");
	pair_take(pair, A); /* lost */
	pair_send(pair, A, "defgh");
	pair_deliver(pair, pair_take(pair, A));
	assert_int_equal(pair->end[B].unread.length, 0);
	assert_true(tcb_retransmit(&pair->end[A]));
	int again = pair_take(pair, A);
	assert_int_equal(pair_at(pair, again)->length, 3);
	pair_deliver(pair, again);
	pair_settle(pair);
	pair_reads(pair, B, "abcdefgh");
	assert_false(tcb_retransmit(&pair->end[A]));
	pair_free(pair);
}

static void a_lost_fin_comes_again(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	pair_send(pair, A, "x");
	pair_settle(pair);
	tcb_close(&pair->end[A]);
	pair_take(pair, A); /* lost */
	assert_true(tcb_retransmit(&pair->end[A]));
	int again = pair_take(pair, A);
	assert_true(pair_at(pair, again)->flags & SEGMENT_FIN);
	pair_deliver(pair, again);
	assert_int_equal(pair->end[B].state, STATE_CLOSE_WAIT);
	pair_free(pair);
}

static void a_fin_does_not_join_data_that_are_sent_again(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	pair_send(pair, A, "abc");
	pair_take(pair, A); /* lost */
	tcb_close(&pair->end[A]);
	pair_take(pair, A); /* lost */
	assert_true(tcb_retransmit(&pair->end[A]));
	int again = pair_take(pair, A);
	assert_int_equal(pair_at(pair, again)->length, 3);
	assert_false(pair_at(pair, again)->flags & SEGMENT_FIN);
	pair_deliver(pair, again);
	pair_settle(pair);
	assert_true(tcb_retransmit(&pair->end[A]));
	pair_settle(pair);
	assert_int_equal(pair->end[B].state, STATE_CLOSE_WAIT);
	pair_free(pair);
}

static void a_closed_window_holds_the_sender_until_it_opens(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	tcb_limit_window(&pair->end[B], 0);
	pair_settle(pair);
	pair_send(pair, A, "hello");
	assert_int_equal(pair_take(pair, A), -1);
	assert_true(tcb_blocked(&pair->end[A]));
	assert_true(tcb_probe(&pair->end[A]));
	pair_take(pair, A); /* the probe is lost */
	tcb_limit_window(&pair->end[B], TCB_WINDOW_MOST);
	pair_settle(pair);
	tcb_retransmit(&pair->end[A]);
	pair_settle(pair);
	pair_reads(pair, B, "hello");
	pair_free(pair);
}

static void an_unread_buffer_closes_the_window_and_reading_opens_it(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	uint8_t *bytes = calloc(1, 40000), *got = malloc(40000);
	for (size_t i = 0; i < 40000; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	assert_int_equal(tcb_send(&pair->end[A], bytes, 40000), 40000);
	pair_settle(pair);
	assert_int_equal(pair->end[B].unread.length, 16384);
	assert_int_equal(tcb_window(&pair->end[B]), 0);
	size_t total = 0;
	while (total < 40000) {
		size_t count = tcb_receive(&pair->end[B], got + total, 40000 - total);
		assert_true(count > 0);
		total += count;
		pair_settle(pair);
	}
	assert_memory_equal(bytes, got, 40000);
	free(bytes);
	free(got);
	pair_free(pair);
}

static void no_segment_is_longer_than_the_other_side_takes(void **state)
{
	(void)state;
	struct pair *pair = pair_create();
	pair->end[B].rcv_mss = 100;
	tcb_connect(&pair->end[A]);
	pair_settle(pair);
	char bytes[250] = {0};
	tcb_send(&pair->end[A], bytes, sizeof(bytes));
	int first = pair_take(pair, A);
	assert_int_equal(pair_at(pair, first)->length, 100);
	assert_int_equal(pair_at(pair, first + 1)->length, 100);
	assert_int_equal(pair_at(pair, first + 2)->length, 50);
	pair_free(pair);
}

static void an_abort_resets_the_other_side(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	tcb_abort(&pair->end[A]);
	assert_int_equal(pair->end[A].state, STATE_CLOSED);
	pair_settle(pair);
	assert_int_equal(pair->end[B].state, STATE_CLOSED);
	assert_int_equal(pair->end[B].fault, TCB_RESET);
	pair_free(pair);
}

static void a_reset_may_follow_a_fin(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	tcb_close(&pair->end[A]);
	pair_settle(pair);
	tcb_abort(&pair->end[A]);
	int reset = pair_take(pair, A);
	assert_int_equal(pair_at(pair, reset)->flags, SEGMENT_RST | SEGMENT_ACK);
	pair_deliver(pair, reset);
	assert_int_equal(pair->end[B].fault, TCB_RESET);
	pair_free(pair);
}

static void a_reset_with_a_guessed_number_is_challenged(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	struct segment forged = {.sequence = pair->end[B].rcv_nxt + 10, .flags = SEGMENT_RST};
	tcb_arrives(&pair->end[B], &forged);
	assert_int_equal(pair->end[B].state, STATE_ESTABLISHED);
	assert_int_equal(pair_at(pair, pair_take(pair, B))->flags, SEGMENT_ACK);
	forged.sequence = pair->end[B].rcv_nxt - 1;
	tcb_arrives(&pair->end[B], &forged);
	assert_int_equal(pair_take(pair, B), -1);
	pair_free(pair);
}

static void data_for_a_program_that_is_gone_are_answered_by_reset(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	tcb_close(&pair->end[A]);
	tcb_orphan(&pair->end[A]);
	pair_settle(pair);
	pair_send(pair, B, "too late");
	pair_settle(pair);
	assert_int_equal(pair->end[B].fault, TCB_RESET);
	assert_int_equal(pair->end[A].state, STATE_CLOSED);
	pair_free(pair);
}

static void an_old_number_is_answered_by_an_acknowledgment(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	/* As keep-alives and zero-window probes come: RFC 9293, section 3.8.4. */
	struct segment probe = {
		.sequence = pair->end[B].rcv_nxt - 1, .acknowledgment = pair->end[B].snd_nxt, .flags = SEGMENT_ACK};
	tcb_arrives(&pair->end[B], &probe);
	const struct segment *answer = pair_at(pair, pair_take(pair, B));
	assert_int_equal(answer->flags, SEGMENT_ACK);
	assert_int_equal(answer->acknowledgment, pair->end[B].rcv_nxt);
	pair_free(pair);
}

static void a_fin_is_taken_while_the_window_is_closed(void **state)
{
	(void)state;
	struct pair *pair = pair_connected();
	tcb_limit_window(&pair->end[B], 0);
	pair_settle(pair);
	pair->end[B].rcv_edge = pair->end[B].rcv_nxt; /* as if nothing had ever been offered */
	tcb_close(&pair->end[A]);
	pair_settle(pair);
	assert_int_equal(pair->end[B].state, STATE_CLOSE_WAIT);
	pair_free(pair);
}

static void giving_up_ends_it_without_a_word(void **state)
{
	(void)state;
	struct pair *pair = pair_create();
	tcb_connect(&pair->end[A]);
	pair_take(pair, A);
	tcb_give_up(&pair->end[A]);
	assert_int_equal(pair->end[A].fault, TCB_TIMED_OUT);
	assert_int_equal(pair_take(pair, A), -1);
	pair_free(pair);
}

/* Whatever is lost, repeated or reordered, both streams arrive whole, and both ends close. */
static void any_wire_carries_both_streams(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct pair *pair = pair_create();
		uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15);
		char text[2][900], got[2][900];
		size_t sent[2] = {0, 0}, read[2] = {0, 0};
		bool closed[2] = {false, false};
		for (int end = A; end <= B; end++) {
			for (size_t i = 0; i < sizeof(text[end]); i++)
				text[end][i] = (char)('a' + (i * 31 + seed + (unsigned)end) % 26);
			pair->end[end].rcv_mss = 90;
		}
		tcb_connect(&pair->end[A]);
		for (unsigned turn = 0; turn < 20000; turn++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			unsigned dice = (unsigned)(random >> 33) % 100;
			int end = (int)(random >> 50) & 1;
			struct tcb *tcb = &pair->end[end];
			size_t left = sizeof(text[end]) - sent[end];
			if (dice < 20 && left > 0) {
				int64_t count = tcb_send(tcb, text[end] + sent[end], left <= dice ? left : dice + 1);
				sent[end] += count > 0 ? (size_t)count : 0;
			} else if (dice < 25 && left == 0 && !closed[end]) {
				tcb_close(tcb);
				closed[end] = true;
			} else if (dice < 45) {
				read[end] += tcb_receive(tcb, got[end] + read[end], sizeof(got[end]) - read[end]);
			} else if (dice < 60) {
				tcb_retransmit(tcb);
				tcb_probe(tcb);
			}
			size_t before = pair->count;
			pair_take(pair, end);
			if (pair->count - before > 1 && dice % 3 == 0) { /* the last first */
				pair_deliver(pair, (int)pair->count - 1);
			}
			for (size_t i = before; i < pair->count; i++) {
				if ((random >> (i % 40)) % 4 != 0) /* else it is lost */
					pair_deliver(pair, (int)i);
			}
			for (size_t i = 0; i < pair->count; i++)
				free(pair->sent[i].bytes);
			pair->count = 0;
			assert_true(tcb->fault == TCB_SOUND);
			if (tcb_at_end(&pair->end[A]) && tcb_at_end(&pair->end[B]))
				break;
		}
		for (int end = A; end <= B; end++) {
			read[end] += tcb_receive(&pair->end[end], got[end] + read[end], sizeof(got[end]) - read[end]);
			assert_int_equal(read[end], sizeof(got[end]));
			assert_memory_equal(got[end], text[!end], sizeof(got[end]));
			assert_true(tcb_at_end(&pair->end[end]));
		}
		pair_free(pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_segments_open_a_connection),
		cmocka_unit_test(both_may_open_at_once),
		cmocka_unit_test(a_closed_port_refuses),
		cmocka_unit_test(a_lost_syn_ack_comes_again),
		cmocka_unit_test(data_carry_the_acknowledgment_of_a_lost_one),
		cmocka_unit_test(an_active_close_ends_in_time_wait),
		cmocka_unit_test(both_may_close_at_once),
		cmocka_unit_test(a_half_closed_end_still_receives),
		cmocka_unit_test(fin_travels_with_the_last_data),
		cmocka_unit_test(a_fin_ahead_of_its_data_waits_for_them),
		cmocka_unit_test(segments_in_any_order_make_the_same_stream),
		cmocka_unit_test(what_comes_twice_counts_once),
		cmocka_unit_test(what_is_lost_comes_again_as_it_was_cut),
		cmocka_unit_test(a_lost_fin_comes_again),
		cmocka_unit_test(a_fin_does_not_join_data_that_are_sent_again),
		cmocka_unit_test(a_closed_window_holds_the_sender_until_it_opens),
		cmocka_unit_test(an_unread_buffer_closes_the_window_and_reading_opens_it),
		cmocka_unit_test(no_segment_is_longer_than_the_other_side_takes),
		cmocka_unit_test(an_abort_resets_the_other_side),
		cmocka_unit_test(a_reset_may_follow_a_fin),
		cmocka_unit_test(a_reset_with_a_guessed_number_is_challenged),
		cmocka_unit_test(data_for_a_program_that_is_gone_are_answered_by_reset),
		cmocka_unit_test(an_old_number_is_answered_by_an_acknowledgment),
		cmocka_unit_test(a_fin_is_taken_while_the_window_is_closed),
		cmocka_unit_test(giving_up_ends_it_without_a_word),
		cmocka_unit_test(any_wire_carries_both_streams),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
