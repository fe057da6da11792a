#include "tracer_scene.h"

static void children_and_their_ends_are_told(void **state)
{
	(void)state;
	stage_launch(&stage, "forks");
	stage_until(&stage, "listen=0");
	int one = stage_connect(&stage), two = stage_connect(&stage);
	assert_int_equal(write(one, "x", 1), 1);
	stage_until(&stage, "pause");
	assert_non_null(strstr(text_string(&stage.words), "exit:5"));
	assert_null(strstr(text_string(&stage.words), "exit:6"));
	assert_int_equal(tracer_alive(stage.tracer, STAGE_ACTOR), 2);
	assert_int_equal(tracer_main(stage.tracer, STAGE_ACTOR), stage.pid);
	close(two);
	stage_until(&stage, "exit:6");
	for (size_t i = 0; i < stage.event_count; i++)
		if (stage.events[i].kind == EVENT_FORK)
			assert_int_equal(stage.events[i].process.parent, stage.pid);
		else if (stage.events[i].kind == EVENT_EXIT)
			assert_false(stage.events[i].process.main);
	close(one);
}

static void a_daemon_stays_in_sight(void **state)
{
	(void)state;
	stage_launch(&stage, "daemon");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(tracer_alive(stage.tracer, ACTOR_NONE), 1);
	assert_int_equal(tracer_main(stage.tracer, STAGE_ACTOR), 0);
	close(stage_connect(&stage));
	stage_until(&stage, "exit:4");
	stage_end(&stage);
}

static void threads_are_told_apart_from_processes(void **state)
{
	(void)state;
	stage_launch(&stage, "threads");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked_count, 4);
	assert_int_equal(tracer_alive(stage.tracer, STAGE_ACTOR), 1);
	int fds[3];
	for (int i = 0; i < 3; i++)
		fds[i] = stage_connect(&stage);
	stage_end(&stage);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	assert_non_null(strstr(text_string(&stage.words), "thread"));
	assert_null(strstr(text_string(&stage.words), "fork"));
	assert_non_null(strstr(text_string(&stage.words), "exit:3"));
}

static void a_process_outlives_its_first_thread(void **state)
{
	(void)state;
	stage_launch(&stage, "leaderless");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked_count, 1);
	assert_int_equal(activity.blocked[0].call, CALL_ACCEPT);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_SOCKETS), 1);
	int fd = stage_connect(&stage);
	stage_end(&stage);
	close(fd);
	assert_true(stage_find(&stage, EVENT_RETURN, CALL_ACCEPT)->call.result > 0);
	assert_non_null(strstr(text_string(&stage.words), "exit:0"));
}

static void exec_in_another_thread_keeps_the_process(void **state)
{
	(void)state;
	stage_launch(&stage, "thread_exec");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked_count, 1);
	assert_int_equal(activity.blocked[0].tid, stage.pid);
	close(stage_connect(&stage));
	stage_end(&stage);
	assert_words("exec thread exec " LISTENS " accept accept=4 read read=0 close close=0 close close=0 exit:7");
}

static void vfork_and_exec_are_followed(void **state)
{
	(void)state;
	stage_launch(&stage, "vfork_exec");
	stage_until(&stage, "listen=0");
	close(stage_connect(&stage));
	stage_end(&stage);
	size_t execs = 0;
	for (size_t i = 0; i < stage.event_count; i++)
		execs += stage.events[i].kind == EVENT_EXEC;
	assert_int_equal(execs, 2);
	assert_non_null(strstr(text_string(&stage.words), "exit:7"));
	assert_non_null(strstr(text_string(&stage.words), "exit:8"));
}

static void a_storm_of_forks_leaves_nothing_behind(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 30; round++) {
		stage.words.length = stage.event_count = 0;
		stage_launch(&stage, "fork_storm");
		size_t wanted = 3 + round;
		int64_t start = stage_now();
		while (stage_count_kind(&stage, EVENT_FORK) < wanted) {
			tracer_reap(stage.tracer, 1 + round % 3);
			assert_true(stage_now() - start < STAGE_PATIENCE_NS);
		}
		kill(stage.pid, SIGKILL);
		stage_end(&stage);
		assert_int_equal(tracer_alive(stage.tracer, ACTOR_NONE), 0);
		assert_int_equal(stage_count_kind(&stage, EVENT_FORK) + 1, stage_count_kind(&stage, EVENT_EXIT));
	}
}

static void exec_amid_many_threads_leaves_one(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		stage.words.length = stage.event_count = 0;
		stage_launch(&stage, "exec_storm");
		struct activity activity;
		stage_until(&stage, "listen=0");
		stage_settle(&stage, &activity);
		assert_int_equal(activity.kind, ACTIVITY_QUIET);
		assert_int_equal(activity.blocked_count, 1);
		close(stage_connect(&stage));
		stage_end(&stage);
		assert_non_null(strstr(text_string(&stage.words), "exit:7"));
	}
}

static void a_child_of_the_harness_is_remembered(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0)
		_exit(33);
	int status;
	int64_t start = stage_now();
	while (!tracer_child_exited(stage.tracer, child, &status)) {
		tracer_reap(stage.tracer, 10);
		assert_true(stage_now() - start < STAGE_PATIENCE_NS);
	}
	assert_int_equal(WEXITSTATUS(status), 33);
	assert_false(tracer_child_exited(stage.tracer, child, &status));
	assert_words("");
}

static void what_a_program_holds_is_counted(void **state)
{
	(void)state;
	stage_launch(&stage, "holds");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_SOCKETS), 2);
	tracer_count_datagrams(stage.tracer, true);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_SOCKETS), 1);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_DESCRIPTORS), 5);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_PROCESSES), 2);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_ZOMBIES), 0);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR + 1, COUNT_SOCKETS), 0);
}

static void children_nobody_waits_for_are_zombies(void **state)
{
	(void)state;
	stage_launch(&stage, "zombies");
	struct activity activity;
	stage_until(&stage, "pause");
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_ZOMBIES), 3);
	assert_int_equal(stage_holds(&stage, STAGE_ACTOR, COUNT_PROCESSES), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(int count, char **arguments)
{
	programs_run(count, arguments);
	const struct CMUnitTest tests[] = {
		TEST(children_and_their_ends_are_told),         TEST(a_daemon_stays_in_sight),
		TEST(threads_are_told_apart_from_processes),    TEST(a_process_outlives_its_first_thread),
		TEST(exec_in_another_thread_keeps_the_process), TEST(vfork_and_exec_are_followed),
		TEST(a_storm_of_forks_leaves_nothing_behind),   TEST(exec_amid_many_threads_leaves_one),
		TEST(a_child_of_the_harness_is_remembered),     TEST(what_a_program_holds_is_counted),
		TEST(children_nobody_waits_for_are_zombies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
