#include "golden.h"
#include "recordings.h"
#include "width.h"

#include "report/ladder.h"
#include "report/paint.h"

static const struct test one_client = {.name = "t", .actors = recording_actors, .actor_count = 2};
static const struct test two_clients = {.name = "t", .actors = recording_three, .actor_count = 3};
static const struct plan_test plan = {.test = &one_client, .student = {[SIDE_SERVER] = true}};
static const struct plan_test plan_two = {.test = &two_clients, .student = {[SIDE_SERVER] = true}};
static const struct plan_test plan_client = {.test = &one_client, .student = {[SIDE_CLIENT] = true}};

static const struct paint plain_80 = {.unicode = true, .columns = 80};
static const struct paint plain_100 = {.unicode = true, .columns = 100};
static const struct paint ascii_80 = {.columns = 80};
static const struct paint colour_100 = {.colour = true, .unicode = true, .columns = 100};

static size_t lines_of(const struct text *out)
{
	size_t lines = 0;
	for (size_t i = 0; i < out->length; i++)
		lines += out->bytes[i] == '\n';
	return lines;
}

static void end_of_stream_ignored_looks_like_this(void **state)
{
	(void)state;
	struct evidence marked;
	struct timeline *timeline = record_eof_ignored(&marked);
	static const struct {
		const struct paint *paint;
		const char *golden;
	} cases[] = {
		{&plain_80, "ladder_eof_80.txt"},
		{&plain_100, "ladder_eof_100.txt"},
		{&ascii_80, "ladder_eof_80_ascii.txt"},
		{&colour_100, "ladder_eof_100_colour.txt"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TEXT_AUTO out = {0};
		ladder_draw(&out, cases[i].paint, &plan, timeline, &marked, 60);
		assert_fits(&out, cases[i].paint->columns);
		golden_check(cases[i].golden, &out);
	}
	timeline_destroy(timeline);
}

static void a_clean_close_looks_like_this(void **state)
{
	(void)state;
	struct timeline *timeline = record_clean_close();
	TEXT_AUTO out = {0};
	ladder_draw(&out, &plain_100, &plan, timeline, NULL, 60);
	golden_check("ladder_close_100.txt", &out);
	timeline_destroy(timeline);
}

static void two_connections_are_told_apart(void **state)
{
	(void)state;
	struct evidence marked;
	struct timeline *timeline = record_two_clients(&marked);
	TEXT_AUTO out = {0};
	ladder_draw(&out, &plain_80, &plan_two, timeline, &marked, 60);
	assert_fits(&out, 80);
	golden_check("ladder_two_80.txt", &out);
	timeline_destroy(timeline);
}

static void the_middle_of_a_long_test_is_left_out_but_not_its_evidence(void **state)
{
	(void)state;
	struct evidence marked;
	struct timeline *timeline = record_long(&marked);
	TEXT_AUTO out = {0};
	ladder_draw(&out, &plain_100, &plan, timeline, &marked, 24);
	golden_check("ladder_long_100.txt", &out);
	assert_in_range(lines_of(&out), 20, 25);
	timeline_destroy(timeline);
}

static void a_small_cap_still_shows_every_marked_event(void **state)
{
	(void)state;
	struct evidence marked;
	struct timeline *timeline = record_long(&marked);
	TEXT_AUTO out = {0};
	ladder_draw(&out, &ascii_80, &plan, timeline, &marked, 1);
	size_t marks = 0;
	for (const char *at = text_string(&out); (at = strstr(at, "\n>")) != NULL; at++)
		marks++;
	assert_int_equal(marks, 2);
	assert_in_range(lines_of(&out), 5, 16);
	timeline_destroy(timeline);
}

static void calls_in_front_of_socket_are_left_out_unless_marked(void **state)
{
	(void)state;
	struct timeline *timeline = record_clean_close();
	uint32_t start_up = 0;
	while (timeline->events[start_up].kind != EVENT_RETURN || timeline->events[start_up].call.call != CALL_CLOSE)
		start_up++;
	TEXT_AUTO without = {0};
	ladder_draw(&without, &ascii_80, &plan, timeline, NULL, 60);
	assert_null(strstr(text_string(&without), "close(3)"));
	TEXT_AUTO with = {0};
	struct evidence marked = {.events = {start_up}, .count = 1};
	ladder_draw(&with, &ascii_80, &plan, timeline, &marked, 60);
	assert_non_null(strstr(text_string(&with), "close(3) = 0"));
	timeline_destroy(timeline);
}

static void a_student_s_client_stands_left_with_the_larger_side(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	recording.actor = CLIENT;
	record_start_up(&recording);
	recording.actor = CLIENT;
	call_enter(&recording, CALL_CONNECT, 4, 0, NULL);
	connection(&recording, CLIENT);
	segment(&recording, END_CLIENT, SEGMENT_SYN, 0);
	segment(&recording, END_SERVER, SEGMENT_RST | SEGMENT_ACK, 0);
	call_leave(&recording, CALL_CONNECT, 4, -ECONNREFUSED, NULL);
	program(&recording, EVENT_EXIT, 1 << 8);
	TEXT_AUTO out = {0};
	ladder_draw(&out, &plain_100, &plan_client, recording.timeline, NULL, 60);
	golden_check("ladder_client_100.txt", &out);
	timeline_destroy(recording.timeline);
}

static void every_marked_event_marks_a_row(void **state)
{
	(void)state;
	struct timeline *timeline = record_clean_close();
	for (uint32_t i = 0; i < timeline->count; i++) {
		struct evidence marked = {.events = {i}, .count = 1};
		TEXT_AUTO out = {0};
		ladder_draw(&out, &ascii_80, &plan, timeline, &marked, 200);
		if (strstr(text_string(&out), "\n>") == NULL)
			fail_msg("event %u (%s) is in no row", i, event_kind_word(timeline->events[i].kind));
	}
	timeline_destroy(timeline);
}

static void hostile_bytes_stay_in_their_cell(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	record_start_up(&recording);
	record_handshake(&recording, CLIENT, 4);
	record_echo(&recording, CLIENT, 4, "\x1b[2J\x1b[1;1H\r\n\xe2\x80\xae\xff\"");
	record_echo(&recording, CLIENT, 4, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	output(&recording, "\x1b]0;title\x07 and a very long line of words that has to be wrapped somewhere");
	TEXT_AUTO out = {0};
	ladder_draw(&out, &plain_80, &plan, recording.timeline, NULL, 60);
	assert_null(memchr(text_string(&out), '\x1b', out.length));
	assert_null(strstr(text_string(&out), "\xe2\x80\xae"));
	assert_fits(&out, 80);
	timeline_destroy(recording.timeline);
}

/* What is logged: the segments, then the peer's call that sent them. */
static void each_call_of_the_peer_stands_in_front_of_its_own_segments(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	record_start_up(&recording);
	record_handshake(&recording, CLIENT, 4);
	segment(&recording, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 3);
	segment(&recording, END_SERVER, SEGMENT_ACK, 0);
	peer(&recording, CLIENT, PEER_WRITE, 3, "one");
	segment(&recording, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 5);
	segment(&recording, END_SERVER, SEGMENT_ACK, 0);
	peer(&recording, CLIENT, PEER_WRITE, 5, "three");
	TEXT_AUTO out = {0};
	ladder_draw(&out, &ascii_80, &plan, recording.timeline, NULL, 60);
	static const char *const order[] = {"write = 3", "DATA 3", "write = 5", "DATA 5"};
	const char *at = text_string(&out);
	for (size_t i = 0; i < 4; i++) {
		at = strstr(at, order[i]);
		if (at == NULL)
			fail_msg("%s is not in its place:\n%s", order[i], text_string(&out));
	}
	timeline_destroy(recording.timeline);
}

static void bulk_data_are_told_by_their_size(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	record_start_up(&recording);
	record_handshake(&recording, CLIENT, 4);
	call_enter(&recording, CALL_WRITE, 4, 65536, "aaaaaaaa");
	for (unsigned i = 0; i < 3; i++)
		segment(&recording, END_SERVER, SEGMENT_ACK, 1448);
	call_leave(&recording, CALL_WRITE, 4, 4344, NULL);
	TEXT_AUTO out = {0};
	ladder_draw(&out, &plain_100, &plan, recording.timeline, NULL, 60);
	assert_non_null(strstr(text_string(&out), "write(4, …, 65536) = 4344\n"));
	assert_non_null(strstr(text_string(&out), " DATA 4344 in 3 "));
	timeline_destroy(recording.timeline);
}

static void a_counter_and_single_returns_give_the_same_number_of_times(void **state)
{
	(void)state;
	static const uint32_t counted[] = {1, 2, 4, 8, 12}, single[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const uint32_t summed[] = {1, 12};
	static const struct {
		const uint32_t *repeats;
		size_t count;
	} cases[] = {{counted, 5}, {single, 12}, {summed, 2}};
	for (size_t i = 0; i < 3; i++) {
		struct recording recording = recording_begin();
		record_start_up(&recording);
		record_handshake(&recording, CLIENT, 4);
		for (size_t j = 0; j < cases[i].count; j++) {
			struct event event = call_event(&recording, EVENT_RETURN, CALL_READ, 4);
			event.call.result = -EAGAIN;
			event.call.repeat = cases[i].repeats[j];
			record(&recording, event);
		}
		TEXT_AUTO out = {0};
		ladder_draw(&out, &plain_100, &plan, recording.timeline, NULL, 60);
		assert_non_null(strstr(text_string(&out), "read(4) = -1 EAGAIN ×12\n"));
		timeline_destroy(recording.timeline);
	}
}

static void only_what_is_alike_is_one_row(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	record_start_up(&recording);
	record_handshake(&recording, CLIENT, 4);
	static const int64_t options[] = {((int64_t)41 << 32) | 26, ((int64_t)1 << 32) | 2};
	for (size_t i = 0; i < 2; i++) {
		call_enter(&recording, CALL_SETSOCKOPT, 4, options[i], NULL);
		struct event event = call_event(&recording, EVENT_RETURN, CALL_SETSOCKOPT, 4);
		event.call.argument = options[i];
		record(&recording, event);
	}
	for (size_t i = 0; i < 3; i++)
		blocked(&recording, CALL_ACCEPT, 3);
	blocked(&recording, CALL_READ, 4);
	quiet(&recording, true);
	TEXT_AUTO out = {0};
	ladder_draw(&out, &plain_100, &plan, recording.timeline, NULL, 60);
	static const char *const rows[] = {"IPV6_V6ONLY, 1) = 0\n", "SO_REUSEADDR, 1) = 0\n", "waits in accept(3) ×3\n",
	                                   "waits in read(4)"};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strstr(text_string(&out), rows[i]) == NULL)
			fail_msg("%s is in no row:\n%s", rows[i], text_string(&out));
	timeline_destroy(recording.timeline);
}

static void an_empty_timeline_draws_nothing(void **state)
{
	(void)state;
	struct timeline *timeline = timeline_create();
	TEXT_AUTO out = {0};
	ladder_draw(&out, &plain_80, &plan, timeline, NULL, 60);
	assert_int_equal(out.length, 0);
	timeline_destroy(timeline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(end_of_stream_ignored_looks_like_this),
		cmocka_unit_test(a_clean_close_looks_like_this),
		cmocka_unit_test(two_connections_are_told_apart),
		cmocka_unit_test(the_middle_of_a_long_test_is_left_out_but_not_its_evidence),
		cmocka_unit_test(a_small_cap_still_shows_every_marked_event),
		cmocka_unit_test(calls_in_front_of_socket_are_left_out_unless_marked),
		cmocka_unit_test(a_student_s_client_stands_left_with_the_larger_side),
		cmocka_unit_test(every_marked_event_marks_a_row),
		cmocka_unit_test(hostile_bytes_stay_in_their_cell),
		cmocka_unit_test(each_call_of_the_peer_stands_in_front_of_its_own_segments),
		cmocka_unit_test(bulk_data_are_told_by_their_size),
		cmocka_unit_test(a_counter_and_single_returns_give_the_same_number_of_times),
		cmocka_unit_test(only_what_is_alike_is_one_row),
		cmocka_unit_test(an_empty_timeline_draws_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
