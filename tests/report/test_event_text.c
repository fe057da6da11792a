#include "golden.h"
#include "recordings.h"

#include "report/cast.h"
#include "report/event_text.h"

#include <signal.h>

static const struct test one_client = {.name = "t", .actors = recording_actors, .actor_count = 2};
static const struct plan_test plan = {.test = &one_client, .student = {[SIDE_SERVER] = true}};

static void says(const struct timeline *timeline, uint32_t number, const char *wanted)
{
	struct cast cast;
	cast_init(&cast, &plan, timeline);
	TEXT_AUTO out = {0};
	event_text(&out, &cast, &timeline->events[number]);
	assert_string_equal(text_string(&out), wanted);
}

static void a_call_names_the_connection_by_the_other_end(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	connection(&recording, CLIENT);
	call_enter(&recording, CALL_READ, 4, 512, NULL);
	says(recording.timeline, call_leave(&recording, CALL_READ, 4, 0, NULL),
	     "read(4) = 0, end of the stream, on the connection with client");
	recording.connection = 1;
	connection(&recording, CLIENT);
	says(recording.timeline, call_whole(&recording, CALL_CLOSE, 5, 0, 0),
	     "close(5) = 0 on the 2nd connection with client");
	timeline_destroy(recording.timeline);
}

static void arguments_come_from_where_the_call_began(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	connection(&recording, CLIENT);
	says(recording.timeline, call_whole(&recording, CALL_SETSOCKOPT, 3, (int64_t)1 << 32 | 2, 0),
	     "setsockopt(3, SO_REUSEADDR, 1) = 0");
	says(recording.timeline, call_whole(&recording, CALL_BIND, 3, 0, -EADDRINUSE),
	     "bind(3, 0.0.0.0:8080) = -1 EADDRINUSE (Address already in use)");
	says(recording.timeline, call_whole(&recording, CALL_SHUTDOWN, 4, 1, 0),
	     "shutdown(4, SHUT_WR) = 0 on the connection with client");
	timeline_destroy(recording.timeline);
}

static void a_write_shows_its_bytes_and_how_many_were_taken(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	connection(&recording, CLIENT);
	call_enter(&recording, CALL_WRITE, 4, 6, "hello\n");
	says(recording.timeline, call_leave(&recording, CALL_WRITE, 4, 6, NULL),
	     "write(4, \"hello\\n\") = 6 on the connection with client");
	call_enter(&recording, CALL_WRITE, 4, 65536, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	says(recording.timeline, call_leave(&recording, CALL_WRITE, 4, 4096, NULL),
	     "write(4, \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"…, 65536) = 4096 on the connection with client");
	timeline_destroy(recording.timeline);
}

static void bytes_of_a_program_cannot_move_the_cursor(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	connection(&recording, CLIENT);
	says(recording.timeline, output(&recording, "\x1b[2J\r\xff\"end\""),
	     "server prints \"\\x1b[2J\\r\\xff\\\"end\\\"\" on standard output");
	call_enter(&recording, CALL_READ, 4, 512, NULL);
	says(recording.timeline, call_leave(&recording, CALL_READ, 4, 3, "\x1b]0"),
	     "read(4) = 3 \"\\x1b]0\" on the connection with client");
	timeline_destroy(recording.timeline);
}

static void endings_are_told_by_status_and_signal(void **state)
{
	(void)state;
	struct recording recording = recording_begin();
	says(recording.timeline, program(&recording, EVENT_EXIT, 1 << 8), "server exits with status 1");
	says(recording.timeline, program(&recording, EVENT_EXIT, SIGPIPE), "server is ended by SIGPIPE");
	says(recording.timeline, program(&recording, EVENT_SIGNAL, SIGINT), "server is sent SIGINT");
	struct event limit = {.kind = EVENT_LIMIT, .actor = SERVER, .connection = CONNECTION_NONE};
	limit.limit.limit = LIMIT_TIME;
	limit.limit.value = 5000000000;
	says(recording.timeline, record(&recording, limit)->number, "the limit of time (5 s) was reached");
	limit.limit.limit = LIMIT_MEMORY;
	limit.limit.value = 256 << 20;
	says(recording.timeline, record(&recording, limit)->number, "the limit of memory (256MiB) was reached");
	timeline_destroy(recording.timeline);
}

static void segments_are_named_as_in_a_spec(void **state)
{
	(void)state;
	static const struct {
		uint8_t flags;
		uint32_t length;
		const char *words;
	} cases[] = {
		{SEGMENT_SYN, 0, "SYN"},
		{SEGMENT_SYN | SEGMENT_ACK, 0, "SYN-ACK"},
		{SEGMENT_ACK, 0, "ACK"},
		{SEGMENT_FIN | SEGMENT_ACK, 0, "FIN-ACK"},
		{SEGMENT_ACK | SEGMENT_PSH, 6, "DATA 6"},
		{SEGMENT_ACK | SEGMENT_FIN, 6, "DATA 6 FIN"},
		{SEGMENT_RST, 0, "RST"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct event event = {.kind = EVENT_SEGMENT};
		event.segment.flags = cases[i].flags;
		event.segment.length = cases[i].length;
		TEXT_AUTO out = {0};
		event_segment_text(&out, &event);
		assert_string_equal(text_string(&out), cases[i].words);
	}
}

static void every_kind_of_event_has_words(void **state)
{
	(void)state;
	struct cast cast;
	cast_init(&cast, &plan, NULL);
	for (int kind = 0; event_kind_words[kind] != NULL; kind++) {
		struct event event = {.kind = (enum event_kind)kind, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
		TEXT_AUTO out = {0};
		event_text(&out, &cast, &event);
		assert_true(out.length > 0);
	}
}

static void errors_without_a_name_keep_their_number(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	error_name(&out, 4711);
	assert_string_equal(text_string(&out), "error 4711");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_names_the_connection_by_the_other_end),
		cmocka_unit_test(arguments_come_from_where_the_call_began),
		cmocka_unit_test(a_write_shows_its_bytes_and_how_many_were_taken),
		cmocka_unit_test(bytes_of_a_program_cannot_move_the_cursor),
		cmocka_unit_test(endings_are_told_by_status_and_signal),
		cmocka_unit_test(segments_are_named_as_in_a_spec),
		cmocka_unit_test(every_kind_of_event_has_words),
		cmocka_unit_test(errors_without_a_name_keep_their_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
