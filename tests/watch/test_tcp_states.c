#include "watch/tcp_states.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One segment, its numbers relative to the initial ones below, and the states behind it. */
struct passed {
	char sender; /* 'c' or 's' */
	const char *flags; /* S A F R P */
	uint32_t sequence, acknowledgment, length;
	enum tcp_state client, server;
	bool repeated;
};

/* Both wrap around within a few bytes. */
static const uint32_t client_initial = 0xfffffffd, server_initial = 0x7ffffffe;

static uint8_t flags_of(const char *letters)
{
	uint8_t flags = 0;
	for (; *letters != '\0'; letters++)
		flags |= (uint8_t)(*letters == 'S'   ? SEGMENT_SYN
		                   : *letters == 'A' ? SEGMENT_ACK
		                   : *letters == 'F' ? SEGMENT_FIN
		                   : *letters == 'R' ? SEGMENT_RST
		                                     : SEGMENT_PSH);
	return flags;
}

static struct tcp_segment segment_of(const struct passed *row)
{
	bool client = row->sender == 'c';
	return (struct tcp_segment){
		.flags = flags_of(row->flags),
		.sequence = row->sequence + (client ? client_initial : server_initial),
		.acknowledgment = row->acknowledgment + (client ? server_initial : client_initial),
		.length = row->length,
	};
}

static void play(struct tcp_pair *pair, const struct passed *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct tcp_segment segment = segment_of(&rows[i]);
		enum end sender = rows[i].sender == 'c' ? END_CLIENT : END_SERVER;
		assert_false(tcp_begins(pair, sender, &segment));
		struct tcp_seen seen = tcp_pass(pair, sender, &segment);
		enum tcp_state client = pair->side[END_CLIENT].state, server = pair->side[END_SERVER].state;
		if (client != rows[i].client || server != rows[i].server || seen.repeated != rows[i].repeated)
			fail_msg("row %zu (%c %s %u): client %s, server %s%s", i, rows[i].sender, rows[i].flags, rows[i].sequence,
			         tcp_state_word(client), tcp_state_word(server), seen.repeated ? ", repeated" : "");
		assert_int_equal(seen.sequence, rows[i].sequence);
		if (segment.flags & SEGMENT_ACK)
			assert_int_equal(seen.acknowledgment, rows[i].acknowledgment);
		else
			assert_int_equal(seen.acknowledgment, 0);
	}
}

#define PLAY(pair, ...)                                                                                                \
	do {                                                                                                               \
		const struct passed rows[] = {__VA_ARGS__};                                                                    \
		play(pair, rows, sizeof(rows) / sizeof(rows[0]));                                                              \
	} while (0)

#define CLOSED STATE_CLOSED
#define SYN_SENT STATE_SYN_SENT
#define SYN_RECEIVED STATE_SYN_RECEIVED
#define ESTABLISHED STATE_ESTABLISHED
#define FIN_WAIT_1 STATE_FIN_WAIT_1
#define FIN_WAIT_2 STATE_FIN_WAIT_2
#define CLOSE_WAIT STATE_CLOSE_WAIT
#define CLOSING STATE_CLOSING
#define LAST_ACK STATE_LAST_ACK
#define TIME_WAIT STATE_TIME_WAIT

static const struct passed handshake[] = {
	{'c', "S", 0, 0, 0, SYN_SENT, CLOSED, false},
	{'s', "SA", 0, 1, 0, ESTABLISHED, SYN_RECEIVED, false},
	{'c', "A", 1, 1, 0, ESTABLISHED, ESTABLISHED, false},
};

static void shake_hands(struct tcp_pair *pair)
{
	*pair = (struct tcp_pair){0};
	play(pair, handshake, 3);
}

static void a_handshake_establishes_both_ends(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
}

static void a_close_with_four_segments_ends_in_time_wait(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "FA", 1, 1, 0, FIN_WAIT_1, CLOSE_WAIT, false}, {'s', "A", 1, 2, 0, FIN_WAIT_2, CLOSE_WAIT, false},
	     {'s', "FA", 1, 2, 0, TIME_WAIT, LAST_ACK, false}, {'c', "A", 2, 2, 0, TIME_WAIT, CLOSED, false});
}

static void a_close_with_three_segments_ends_in_time_wait(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'s', "FA", 1, 1, 0, CLOSE_WAIT, FIN_WAIT_1, false}, {'c', "FA", 1, 2, 0, LAST_ACK, TIME_WAIT, false},
	     {'s', "A", 2, 2, 0, CLOSED, TIME_WAIT, false});
}

static void a_half_close_lets_the_other_side_go_on(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "PA", 1, 1, 5, ESTABLISHED, ESTABLISHED, false},
	     {'s', "A", 1, 6, 0, ESTABLISHED, ESTABLISHED, false}, {'c', "FA", 6, 1, 0, FIN_WAIT_1, CLOSE_WAIT, false},
	     {'s', "PA", 1, 7, 100, FIN_WAIT_2, CLOSE_WAIT, false}, {'c', "A", 7, 101, 0, FIN_WAIT_2, CLOSE_WAIT, false},
	     {'s', "FPA", 101, 7, 9, TIME_WAIT, LAST_ACK, false}, {'c', "A", 7, 111, 0, TIME_WAIT, CLOSED, false});
}

static void an_ack_of_data_alone_does_not_acknowledge_the_fin(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "FPA", 1, 1, 5, FIN_WAIT_1, CLOSE_WAIT, false},
	     {'s', "A", 1, 6, 0, FIN_WAIT_1, CLOSE_WAIT, false}, {'s', "A", 1, 7, 0, FIN_WAIT_2, CLOSE_WAIT, false});
}

static void fins_that_cross_go_through_closing(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "FA", 1, 1, 0, FIN_WAIT_1, CLOSE_WAIT, false}, {'s', "FA", 1, 1, 0, CLOSING, CLOSING, false},
	     {'c', "A", 2, 2, 0, CLOSING, TIME_WAIT, false}, {'s', "A", 2, 2, 0, TIME_WAIT, TIME_WAIT, false});
}

static void syns_that_cross_establish_both_ends(void **state)
{
	(void)state;
	struct tcp_pair pair = {0};
	PLAY(&pair, {'c', "S", 0, 0, 0, SYN_SENT, CLOSED, false}, {'s', "S", 0, 0, 0, SYN_RECEIVED, SYN_SENT, false},
	     {'c', "SA", 0, 1, 0, SYN_RECEIVED, ESTABLISHED, false}, {'s', "A", 1, 1, 0, ESTABLISHED, ESTABLISHED, false});
	pair = (struct tcp_pair){0};
	PLAY(&pair, {'c', "S", 0, 0, 0, SYN_SENT, CLOSED, false}, {'s', "S", 0, 0, 0, SYN_RECEIVED, SYN_SENT, false},
	     {'c', "SA", 0, 1, 0, SYN_RECEIVED, ESTABLISHED, false}, {'s', "SA", 0, 1, 0, ESTABLISHED, ESTABLISHED, false});
}

static void a_closed_port_answers_syn_with_rst(void **state)
{
	(void)state;
	struct tcp_pair pair = {0};
	struct tcp_segment syn = {.flags = SEGMENT_SYN, .sequence = 500};
	tcp_pass(&pair, END_CLIENT, &syn);
	struct tcp_segment stray = {.flags = SEGMENT_RST | SEGMENT_ACK, .acknowledgment = 500};
	tcp_pass(&pair, END_SERVER, &stray);
	assert_int_equal(pair.side[END_CLIENT].state, STATE_SYN_SENT);
	struct tcp_segment refusal = {.flags = SEGMENT_RST | SEGMENT_ACK, .acknowledgment = 501};
	struct tcp_seen seen = tcp_pass(&pair, END_SERVER, &refusal);
	assert_int_equal(pair.side[END_CLIENT].state, STATE_CLOSED);
	assert_int_equal(pair.side[END_SERVER].state, STATE_CLOSED);
	assert_int_equal(seen.sequence, 0);
	assert_int_equal(seen.acknowledgment, 1);
}

static void a_syn_that_nobody_answers_is_repeated(void **state)
{
	(void)state;
	struct tcp_pair pair = {0};
	PLAY(&pair, {'c', "S", 0, 0, 0, SYN_SENT, CLOSED, false}, {'c', "S", 0, 0, 0, SYN_SENT, CLOSED, true},
	     {'s', "SA", 0, 1, 0, ESTABLISHED, SYN_RECEIVED, false}, {'c', "A", 1, 1, 0, ESTABLISHED, ESTABLISHED, false});
}

static void a_repeated_syn_ack_says_that_the_ack_was_not_taken(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'s', "SA", 0, 1, 0, ESTABLISHED, SYN_RECEIVED, true},
	     {'c', "A", 1, 1, 0, ESTABLISHED, ESTABLISHED, false});
}

static void a_reset_closes_both_ends(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "PA", 1, 1, 5, ESTABLISHED, ESTABLISHED, false}, {'s', "RA", 1, 6, 0, CLOSED, CLOSED, false});
}

static void a_closed_end_answers_late_data_with_rst(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'s', "FA", 1, 1, 0, CLOSE_WAIT, FIN_WAIT_1, false}, {'c', "A", 1, 2, 0, CLOSE_WAIT, FIN_WAIT_2, false},
	     {'c', "PA", 1, 2, 3, CLOSE_WAIT, FIN_WAIT_2, false}, {'s', "R", 2, 0, 0, CLOSED, CLOSED, false});
}

static void a_reset_outside_the_expected_number_changes_nothing(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "R", 40, 0, 0, ESTABLISHED, ESTABLISHED, false},
	     {'s', "A", 1, 1, 0, ESTABLISHED, ESTABLISHED, false}, {'c', "R", 1, 0, 0, CLOSED, CLOSED, false});
}

static void a_reset_ends_time_wait(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "FA", 1, 1, 0, FIN_WAIT_1, CLOSE_WAIT, false}, {'s', "FA", 1, 2, 0, TIME_WAIT, LAST_ACK, false},
	     {'s', "R", 2, 0, 0, CLOSED, CLOSED, false});
}

static void retransmissions_keep_alives_and_probes_are_repeated(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "A", 0, 1, 0, ESTABLISHED, ESTABLISHED, true},
	     {'s', "A", 1, 1, 0, ESTABLISHED, ESTABLISHED, false}, {'c', "A", 0, 1, 1, ESTABLISHED, ESTABLISHED, true},
	     {'c', "PA", 1, 1, 10, ESTABLISHED, ESTABLISHED, false}, {'c', "PA", 1, 1, 10, ESTABLISHED, ESTABLISHED, true},
	     {'c', "PA", 5, 1, 6, ESTABLISHED, ESTABLISHED, true}, {'c', "PA", 5, 1, 7, ESTABLISHED, ESTABLISHED, false},
	     {'c', "FA", 12, 1, 0, FIN_WAIT_1, CLOSE_WAIT, false}, {'c', "FA", 12, 1, 0, FIN_WAIT_1, CLOSE_WAIT, true},
	     {'s', "A", 1, 13, 0, FIN_WAIT_2, CLOSE_WAIT, false});
}

static void a_fin_behind_a_gap_counts_once_the_gap_is_filled(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "FPA", 4, 1, 3, FIN_WAIT_1, ESTABLISHED, false},
	     {'s', "A", 1, 1, 0, FIN_WAIT_1, ESTABLISHED, false}, {'c', "FPA", 4, 1, 3, FIN_WAIT_1, ESTABLISHED, true},
	     {'c', "PA", 1, 1, 3, FIN_WAIT_1, CLOSE_WAIT, false}, {'s', "A", 1, 8, 0, FIN_WAIT_2, CLOSE_WAIT, false});
}

static void an_acknowledgment_fills_a_gap_that_was_not_seen(void **state)
{
	(void)state;
	struct tcp_pair pair;
	shake_hands(&pair);
	PLAY(&pair, {'c', "FPA", 400, 1, 3, FIN_WAIT_1, ESTABLISHED, false},
	     {'s', "A", 1, 404, 0, FIN_WAIT_2, CLOSE_WAIT, false});
}

static void an_acknowledgment_of_what_was_never_sent_changes_nothing(void **state)
{
	(void)state;
	struct tcp_pair pair = {0};
	PLAY(&pair, {'c', "S", 0, 0, 0, SYN_SENT, CLOSED, false}, {'s', "SA", 0, 9, 0, SYN_SENT, SYN_RECEIVED, false},
	     {'c', "R", 9, 0, 0, SYN_SENT, SYN_RECEIVED, false}, {'s', "SA", 0, 1, 0, ESTABLISHED, SYN_RECEIVED, true});
}

static void only_a_real_new_syn_begins_another_connection(void **state)
{
	(void)state;
	struct tcp_pair pair;
	struct tcp_segment again = {.flags = SEGMENT_SYN, .sequence = client_initial};
	struct tcp_segment other = {.flags = SEGMENT_SYN, .sequence = 12345};
	struct tcp_segment answer = {.flags = SEGMENT_SYN | SEGMENT_ACK, .sequence = 12345};
	shake_hands(&pair);
	assert_false(tcp_begins(&pair, END_CLIENT, &again));
	assert_false(tcp_begins(&pair, END_CLIENT, &other)); /* a challenge ACK will answer */
	assert_false(tcp_begins(&pair, END_SERVER, &answer));
	PLAY(&pair, {'c', "FA", 1, 1, 0, FIN_WAIT_1, CLOSE_WAIT, false}, {'s', "FA", 1, 2, 0, TIME_WAIT, LAST_ACK, false},
	     {'c', "A", 2, 2, 0, TIME_WAIT, CLOSED, false});
	assert_true(tcp_begins(&pair, END_CLIENT, &other));
	shake_hands(&pair);
	PLAY(&pair, {'s', "R", 1, 0, 0, CLOSED, CLOSED, false});
	assert_true(tcp_begins(&pair, END_CLIENT, &other));
	pair = (struct tcp_pair){0};
	PLAY(&pair, {'c', "S", 0, 0, 0, SYN_SENT, CLOSED, false});
	assert_true(tcp_begins(&pair, END_CLIENT, &other));
	assert_false(tcp_begins(&pair, END_SERVER, &other)); /* a simultaneous open */
}

static void a_connection_whose_start_was_missed_is_taken_as_established(void **state)
{
	(void)state;
	struct tcp_pair pair = {0};
	PLAY(&pair, {'c', "PA", 1, 1, 5, ESTABLISHED, ESTABLISHED, false},
	     {'s', "A", 1, 6, 0, ESTABLISHED, ESTABLISHED, false}, {'s', "FA", 1, 6, 0, CLOSE_WAIT, FIN_WAIT_1, false});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake_establishes_both_ends),
		cmocka_unit_test(a_close_with_four_segments_ends_in_time_wait),
		cmocka_unit_test(a_close_with_three_segments_ends_in_time_wait),
		cmocka_unit_test(a_half_close_lets_the_other_side_go_on),
		cmocka_unit_test(an_ack_of_data_alone_does_not_acknowledge_the_fin),
		cmocka_unit_test(fins_that_cross_go_through_closing),
		cmocka_unit_test(syns_that_cross_establish_both_ends),
		cmocka_unit_test(a_closed_port_answers_syn_with_rst),
		cmocka_unit_test(a_syn_that_nobody_answers_is_repeated),
		cmocka_unit_test(a_repeated_syn_ack_says_that_the_ack_was_not_taken),
		cmocka_unit_test(a_reset_closes_both_ends),
		cmocka_unit_test(a_closed_end_answers_late_data_with_rst),
		cmocka_unit_test(a_reset_outside_the_expected_number_changes_nothing),
		cmocka_unit_test(a_reset_ends_time_wait),
		cmocka_unit_test(retransmissions_keep_alives_and_probes_are_repeated),
		cmocka_unit_test(a_fin_behind_a_gap_counts_once_the_gap_is_filled),
		cmocka_unit_test(an_acknowledgment_fills_a_gap_that_was_not_seen),
		cmocka_unit_test(an_acknowledgment_of_what_was_never_sent_changes_nothing),
		cmocka_unit_test(only_a_real_new_syn_begins_another_connection),
		cmocka_unit_test(a_connection_whose_start_was_missed_is_taken_as_established),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
