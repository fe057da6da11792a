#include "tracer_scene.h"

static void a_handler_interrupts_a_call(void **state)
{
	(void)state;
	stage_launch(&stage, "interrupted");
	struct activity activity;
	stage_settle(&stage, &activity);
	kill(stage.pid, SIGUSR1);
	stage_end(&stage);
	assert_words("exec " LISTENS " accept signal:10 accept=-4 exit:4");
}

static void a_restarted_call_is_told_once(void **state)
{
	(void)state;
	stage_launch(&stage, "restarted");
	struct activity activity;
	for (int i = 0; i < 3; i++) {
		stage_settle(&stage, &activity);
		assert_int_equal(activity.blocked[0].call, CALL_ACCEPT);
		kill(stage.pid, SIGUSR1);
	}
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	int fd = stage_connect(&stage);
	stage_end(&stage);
	close(fd);
	assert_words("exec " LISTENS " accept signal:10 signal:10 signal:10 accept=4 exit:0");
}

static void a_call_tried_again_after_eintr_is_told_twice(void **state)
{
	(void)state;
	stage_launch(&stage, "tries_again");
	struct activity activity;
	stage_settle(&stage, &activity);
	kill(stage.pid, SIGUSR1);
	stage_until(&stage, "accept=-4 accept");
	close(stage_connect(&stage));
	stage_end(&stage);
	assert_words("exec " LISTENS " accept signal:10 accept=-4 accept accept=4 exit:0");
}

static void a_handler_that_jumps_away_leaves_its_call(void **state)
{
	(void)state;
	stage_launch(&stage, "jumps");
	struct activity activity;
	stage_settle(&stage, &activity);
	kill(stage.pid, SIGUSR1);
	stage_end(&stage);
	assert_string_equal(stage_words(&stage, "accept"), "accept signal:10 accept=-4 close close=0 exit:0");
}

static void calls_of_a_handler_are_told_inside_the_call_it_interrupts(void **state)
{
	(void)state;
	stage_launch(&stage, "handler_calls");
	stage_until(&stage, "wait4=-10");
	stage_until(&stage, "accept");
	stage_settle_on(&stage, CALL_ACCEPT);
	close(stage_connect(&stage));
	stage_end(&stage);
	const char *words = stage_words(&stage, "wait4");
	assert_non_null(strstr(words, "accept=4 exit:0"));
	assert_null(strstr(words, "accept=-4"));
	assert_int_equal(stage_count(&stage, EVENT_CALL, CALL_ACCEPT), 1);
}

static void an_ignored_signal_does_not_disturb_epoll_wait(void **state)
{
	(void)state;
	stage_launch(&stage, "epoll_child");
	stage_until(&stage, "signal:17");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	close(stage_connect(&stage));
	stage_end(&stage);
	assert_null(strstr(text_string(&stage.words), "=-4"));
	assert_non_null(strstr(text_string(&stage.words), "epoll_wait=1 exit:0"));
}

/* Bulk data: the call that waits is not followed. */
static void waits_after_its_child(const char *program)
{
	stage.control = true;
	stage_launch(&stage, program);
	stage_until(&stage, "signal:17");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_true(activity.until_ns == -1);
	close(stage_connect(&stage));
	stage_end(&stage);
	assert_non_null(strstr(text_string(&stage.words), "exit:0"));
}

static void an_ignored_signal_does_not_disturb_an_epoll_wait_that_is_not_followed(void **state)
{
	(void)state;
	waits_after_its_child("epoll_child");
}

static void a_poll_that_is_not_followed_is_known_when_it_goes_on(void **state)
{
	(void)state;
	waits_after_its_child("poll_child");
}

static void a_handler_interrupts_epoll_wait(void **state)
{
	(void)state;
	stage_launch(&stage, "epoll_signal");
	struct activity activity;
	stage_settle(&stage, &activity);
	kill(stage.pid, SIGUSR1);
	stage_end(&stage);
	assert_string_equal(stage_words(&stage, "epoll_wait"), "epoll_wait signal:10 epoll_wait=-4 exit:4");
}

static void a_crash_is_told_with_its_signal(void **state)
{
	(void)state;
	stage_launch(&stage, "crashes");
	stage_end(&stage);
	assert_non_null(strstr(text_string(&stage.words), "signal:6 kill:6"));
}

static void a_stopped_program_is_blocked_and_can_go_on(void **state)
{
	(void)state;
	stage_launch(&stage, "stops");
	struct activity activity;
	stage_until(&stage, "kill");
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	kill(stage.pid, SIGCONT);
	stage_end(&stage);
	assert_non_null(strstr(text_string(&stage.words), "exit:11"));
}

static void a_held_program_stands_at_the_end_of_its_call(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	stage.hold_at = CALL_LISTEN;
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked_count, 1);
	assert_true(activity.blocked[0].held);
	assert_int_equal(activity.blocked[0].call, CALL_LISTEN);
	assert_words("exec " LISTENS);
	close(stage_connect(&stage));
	stage.hold_at = CALL_OTHER;
	tracer_release(stage.tracer, STAGE_ACTOR);
	stage_end(&stage);
	assert_non_null(strstr(text_string(&stage.words), "accept=4 read read=0"));
}

static void a_blocked_thread_is_held_when_its_call_returns(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_false(activity.blocked[0].held);
	tracer_hold(stage.tracer, STAGE_ACTOR);
	int fd = stage_connect(&stage);
	stage_until(&stage, "accept=4");
	stage_settle(&stage, &activity);
	assert_true(activity.blocked[0].held);
	assert_null(strstr(text_string(&stage.words), "read"));
	close(fd);
	tracer_release(stage.tracer, STAGE_ACTOR);
	stage_end(&stage);
}

static void a_killed_program_ends_even_while_held(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	stage.hold_at = CALL_LISTEN;
	stage_until(&stage, "listen=0");
	kill(stage.pid, SIGKILL);
	stage_end(&stage);
	assert_words("exec " LISTENS " kill:9");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(int count, char **arguments)
{
	programs_run(count, arguments);
	const struct CMUnitTest tests[] = {
		TEST(a_handler_interrupts_a_call),
		TEST(a_restarted_call_is_told_once),
		TEST(a_call_tried_again_after_eintr_is_told_twice),
		TEST(a_handler_that_jumps_away_leaves_its_call),
		TEST(calls_of_a_handler_are_told_inside_the_call_it_interrupts),
		TEST(an_ignored_signal_does_not_disturb_epoll_wait),
		TEST(an_ignored_signal_does_not_disturb_an_epoll_wait_that_is_not_followed),
		TEST(a_poll_that_is_not_followed_is_known_when_it_goes_on),
		TEST(a_handler_interrupts_epoll_wait),
		TEST(a_crash_is_told_with_its_signal),
		TEST(a_stopped_program_is_blocked_and_can_go_on),
		TEST(a_held_program_stands_at_the_end_of_its_call),
		TEST(a_blocked_thread_is_held_when_its_call_returns),
		TEST(a_killed_program_ends_even_while_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
