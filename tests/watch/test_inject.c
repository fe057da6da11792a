/* Calls that the tracer makes fail or do less. */
#include "tracer_programs.h"
#include "tracer_stage.h"

#include "model/setback.h"
#include "watch/entry.h"

static struct stage stage;

static int open_stage(void **state)
{
	(void)state;
	stage_open(&stage, WATCH_CALLS);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&stage);
	return 0;
}

static int begin(const struct setback *setbacks, size_t count, const char *program)
{
	tracer_set_back(stage.tracer, setbacks, count);
	stage_launch(&stage, program);
	stage_until(&stage, "listen=0");
	return stage_connect(&stage);
}

#define assert_seen(word)                                                                                              \
	do {                                                                                                               \
		if (strstr(text_string(&stage.words), (word)) == NULL)                                                         \
			fail_msg("not seen: %s; but: %s", (word), text_string(&stage.words));                                      \
	} while (0)

static void a_shorter_read_leaves_the_rest_in_the_kernel(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_READ, SETBACK_SHORT, .nth = 1, .count = 2};
	int fd = begin(&setback, 1, "echo");
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_until(&stage, "write=4");
	stage_read(fd, 6);
	close(fd);
	stage_end(&stage);
	assert_seen("read read=2 write write=2 read read=4 write write=4 read read=0");
}

static void a_shorter_write_sends_no_more(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_WRITE, SETBACK_SHORT, .nth = 1, .count = 2};
	int fd = begin(&setback, 1, "echo");
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_end(&stage); /* it gives up after a short write: 98 */
	char bytes[8];
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 2);
	close(fd);
	assert_seen("write write=2 exit:98");
}

static void a_call_of_several_pieces_does_part_of_the_first(void **state)
{
	(void)state;
	static const struct setback setbacks[] = {
		{SETBACK_READ, SETBACK_SHORT, .every = 1, .count = 2},
		{SETBACK_WRITE, SETBACK_SHORT, .every = 1, .count = 1},
	};
	int fd = begin(setbacks, 2, "vectors");
	assert_int_equal(write(fd, "0123456789", 10), 10);
	stage_end(&stage);
	assert_seen("readv readv=2 writev writev=1 recvmsg recvmsg=2 sendmsg sendmsg=1");
	close(fd);
}

static void a_message_is_made_shorter_without_touching_its_lists(void **state)
{
	(void)state;
	static const struct setback setbacks[] = {
		{SETBACK_READ, SETBACK_SHORT, .nth = 1, .count = 2},
		{SETBACK_WRITE, SETBACK_SHORT, .nth = 1, .count = 2},
	};
	int fd = begin(setbacks, 2, "messages_only");
	assert_int_equal(write(fd, "0123456789", 10), 10);
	stage_end(&stage);
	assert_seen("exit:0");
	close(fd);
}

static void the_program_finds_its_registers_unchanged(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_READ, SETBACK_SHORT, .nth = 1, .count = 1};
	int fd = begin(&setback, 1, "keeps_arguments");
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_end(&stage);
	assert_seen("exit:0");
	close(fd);
}

static void a_failing_call_is_not_done(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_ACCEPT, SETBACK_FAILS, .nth = 1, .error = ECONNABORTED};
	tracer_set_back(stage.tracer, &setback, 1);
	stage_launch(&stage, "echo"); /* which gives up: nobody has to connect */
	stage_end(&stage);
	TEXT_AUTO word = {0};
	text_printf(&word, "accept accept=%d", -ECONNABORTED);
	assert_seen(text_string(&word));
	size_t told = 0;
	for (size_t i = 0; i < stage.event_count; i++) {
		if (stage.events[i].kind != EVENT_SETBACK)
			continue;
		told++;
		assert_int_equal(stage.events[i].setback.call, CALL_ACCEPT);
		assert_int_equal(stage.events[i].setback.error, ECONNABORTED);
		assert_int_equal(stage.events[i - 1].kind, EVENT_CALL);
		assert_int_equal(stage.events[i + 1].kind, EVENT_RETURN);
	}
	assert_int_equal(told, 1);
}

/* The n-th call of the program, whoever of its processes and threads makes it. */
static void calls_are_counted_by_their_family(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_READ, SETBACK_SHORT, .every = 2, .count = 1};
	int fd = begin(&setback, 1, "echo");
	assert_int_equal(write(fd, "abc", 3), 3);
	stage_until(&stage, "write=3");
	assert_int_equal(write(fd, "def", 3), 3);
	stage_until(&stage, "write=2");
	close(fd);
	stage_end(&stage);
	assert_seen("read=3 write write=3 read read=1 write write=1 read read=2");
}

static bool always_blocks(void *context, const struct entry *entry)
{
	(void)context;
	return call_reads(entry->call);
}

static void a_call_that_is_blocked_is_interrupted_there(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_READ, SETBACK_FAILS, .nth = 1, .error = EINTR};
	struct tracer_hooks hooks = {.context = &stage, .emit = stage_emit, .would_block = always_blocks};
	tracer_destroy(stage.tracer);
	stage.tracer = tracer_create(&hooks, stage.connections, WATCH_CALLS);
	int fd = begin(&setback, 1, "echo");
	struct activity activity;
	stage_until(&stage, "accept=4 read");
	stage_settle(&stage, &activity);
	assert_int_equal(activity.blocked[0].call, CALL_READ);
	assert_true(tracer_interrupt(stage.tracer));
	assert_false(tracer_interrupt(stage.tracer));
	stage_end(&stage);
	TEXT_AUTO word = {0};
	text_printf(&word, "read read=%d close", -EINTR);
	assert_seen(text_string(&word));
	close(fd);
}

static void what_returns_before_it_could_be_interrupted_is_interrupted_next_time(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_READ, SETBACK_FAILS, .nth = 1, .error = EINTR};
	struct tracer_hooks hooks = {.context = &stage, .emit = stage_emit, .would_block = always_blocks};
	tracer_destroy(stage.tracer);
	stage.tracer = tracer_create(&hooks, stage.connections, WATCH_CALLS);
	int fd = begin(&setback, 1, "echo");
	assert_int_equal(write(fd, "abc", 3), 3);
	struct activity activity;
	stage_until(&stage, "write=3 read");
	stage_settle(&stage, &activity);
	assert_true(tracer_interrupt(stage.tracer));
	stage_end(&stage);
	TEXT_AUTO word = {0};
	text_printf(&word, "write=3 read read=%d", -EINTR);
	assert_seen(text_string(&word));
	close(fd);
}

/* Whoever waits for edges and is told that less is there will not be woken for the rest: that would be a lie. */
static void sockets_that_are_reported_by_edges_are_left_alone(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_READ, SETBACK_SHORT, .every = 1, .count = 1};
	int fd = begin(&setback, 1, "edges");
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_end(&stage);
	assert_seen("read read=6 exit:6");
	close(fd);
}

static void a_blocking_socket_never_says_try_again(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_READ, SETBACK_FAILS, .every = 2, .error = EAGAIN};
	int fd = begin(&setback, 1, "echo");
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_until(&stage, "write=6");
	stage_read(fd, 6);
	close(fd);
	stage_end(&stage);
	assert_seen("exit:7");
}

static void a_claimed_write_sends_part_and_tells_all(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_WRITE, SETBACK_CLAIMED, .nth = 1, .count = 2};
	int fd = begin(&setback, 1, "echo");
	char bytes[8];
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_until(&stage, "write=6");
	assert_int_equal(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT), 2);
	close(fd);
	stage_end(&stage);
	assert_seen("exit:7");
}

static void a_call_can_be_done_twice(void **state)
{
	(void)state;
	struct setback setback = {SETBACK_WRITE, SETBACK_TWICE, .every = 1};
	int fd = begin(&setback, 1, "echo");
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_until(&stage, "write=6");
	stage_read(fd, 12);
	shutdown(fd, SHUT_WR);
	stage_end(&stage);
	assert_seen("read=6 write write=6 read");
	close(fd);
}

static void a_corrupted_write_leaves_the_buffer_as_it_was(void **state)
{
	(void)state;
	struct setback setback = {SETBACK_WRITE, SETBACK_CORRUPTED, .nth = 1};
	int fd = begin(&setback, 1, "echo");
	char bytes[6];
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_until(&stage, "write=6");
	assert_int_equal(recv(fd, bytes, 6, MSG_WAITALL), 6);
	assert_memory_equal(bytes, "iello\n", 6);
	close(fd);
	stage_end(&stage);
}

static void a_skipped_close_leaves_the_connection_open(void **state)
{
	(void)state;
	static const struct setback setback = {SETBACK_CLOSE, SETBACK_SKIPPED, .nth = 1};
	int fd = begin(&setback, 1, "echo");
	stage.hold_at = CALL_CLOSE;
	shutdown(fd, SHUT_WR);
	stage_until(&stage, "close=0");
	char byte;
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	stage.hold_at = CALL_OTHER;
	tracer_release(stage.tracer, STAGE_ACTOR);
	stage_end(&stage);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(int count, char **arguments)
{
	programs_run(count, arguments);
	const struct CMUnitTest tests[] = {
		STAGED(a_shorter_read_leaves_the_rest_in_the_kernel),
		STAGED(a_shorter_write_sends_no_more),
		STAGED(a_call_of_several_pieces_does_part_of_the_first),
		STAGED(a_message_is_made_shorter_without_touching_its_lists),
		STAGED(the_program_finds_its_registers_unchanged),
		STAGED(a_failing_call_is_not_done),
		STAGED(calls_are_counted_by_their_family),
		STAGED(a_call_that_is_blocked_is_interrupted_there),
		STAGED(what_returns_before_it_could_be_interrupted_is_interrupted_next_time),
		STAGED(sockets_that_are_reported_by_edges_are_left_alone),
		STAGED(a_blocking_socket_never_says_try_again),
		STAGED(a_claimed_write_sends_part_and_tells_all),
		STAGED(a_call_can_be_done_twice),
		STAGED(a_corrupted_write_leaves_the_buffer_as_it_was),
		STAGED(a_skipped_close_leaves_the_connection_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
