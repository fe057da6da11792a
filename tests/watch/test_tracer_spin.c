#include "tracer_scene.h"

/* Goes on until the program spins. */
static void await_spin(uint64_t least, struct spin *spin)
{
	int64_t start = stage_now();
	while (!tracer_spin(stage.tracer, least, spin)) {
		if (tracer_reap(stage.tracer, 1000) == 0)
			stage_wait(1000000);
		if (stage_now() - start > STAGE_PATIENCE_NS)
			fail_msg("no spin: %s", text_string(&stage.words));
	}
}

static void a_nonblocking_accept_in_a_loop_spins(void **state)
{
	(void)state;
	struct spin spin;
	stage_launch(&stage, "spin_accept");
	await_spin(500, &spin);
	assert_int_equal(spin.call, CALL_ACCEPT);
	assert_int_equal(spin.result, -EAGAIN);
	assert_int_equal(spin.descriptor, 3);
	assert_int_equal(spin.pid, stage.pid);
	assert_int_equal(spin.actor, STAGE_ACTOR);
	assert_true(spin.count >= 500);
	/* Eight of a row are told, and the others as one.  (On a loaded machine the row may begin anew.) */
	size_t entries = stage_count(&stage, EVENT_CALL, CALL_ACCEPT),
		   returns = stage_count(&stage, EVENT_RETURN, CALL_ACCEPT);
	assert_in_range(entries, 8, 200);
	assert_true(returns >= entries);
	tracer_flush(stage.tracer);
	assert_int_equal(stage_count(&stage, EVENT_RETURN, CALL_ACCEPT), returns + 1);
	/* Behind it, if the program is just inside of one more call, stands that call's beginning. */
	const struct event *last = &stage.events[stage.event_count - 1];
	if (last->kind == EVENT_CALL)
		last--;
	assert_int_equal(last->kind, EVENT_RETURN);
	assert_true(last->call.repeat >= 500);
	/* What gets it somewhere is told in full again. */
	close(stage_connect(&stage));
	stage_until(&stage, "exit:0");
	assert_non_null(strstr(text_string(&stage.words), "accept accept=4 exit:0"));
}

static void end_of_file_unnoticed_spins(void **state)
{
	(void)state;
	struct spin spin;
	stage_launch(&stage, "spin_eof");
	stage_until(&stage, "listen=0");
	close(stage_connect(&stage));
	await_spin(500, &spin);
	assert_int_equal(spin.call, CALL_READ);
	assert_int_equal(spin.result, 0);
	assert_int_equal(spin.descriptor, 4);
	assert_true(stage.event_count < 400);
}

static void select_on_an_ended_standard_input_spins(void **state)
{
	(void)state;
	struct spin spin;
	stage_launch(&stage, "spin_stdin");
	await_spin(500, &spin);
	assert_int_equal(spin.call, CALL_READ);
	assert_int_equal(spin.descriptor, 0);
	assert_int_equal(spin.result, 0);
	assert_true(stage.event_count < 400);
}

static void what_sleeps_between_its_polls_does_not_spin(void **state)
{
	(void)state;
	struct spin spin;
	stage_launch(&stage, "polls_sleeping");
	stage_end(&stage);
	assert_int_equal(stage_count(&stage, EVENT_RETURN, CALL_ACCEPT), 200);
	assert_false(tracer_spin(stage.tracer, 2, &spin));
}

static void bytes_through_a_pipe_are_progress(void **state)
{
	(void)state;
	struct spin spin;
	stage_launch(&stage, "pipe_busy");
	stage_end(&stage);
	assert_false(tracer_spin(stage.tracer, 10, &spin));
}

static void a_spin_can_be_forgotten(void **state)
{
	(void)state;
	struct spin spin;
	stage_launch(&stage, "spin_accept");
	await_spin(100, &spin);
	tracer_turn(stage.tracer, true);
	assert_false(tracer_spin(stage.tracer, 1, &spin));
	await_spin(100, &spin);
}

static void a_spin_outlives_its_program(void **state)
{
	(void)state;
	struct spin spin;
	stage_launch(&stage, "spin_accept");
	await_spin(100, &spin);
	kill(stage.pid, SIGKILL);
	stage_until(&stage, "kill:9");
	assert_true(tracer_spin(stage.tracer, 100, &spin));
	assert_int_equal(spin.pid, stage.pid);
	assert_non_null(strstr(text_string(&stage.words), "accept=-11xN kill:9"));
}

/* Looks until the program is astray; no look finds it quiet. */
static void await_astray(struct activity *activity)
{
	int64_t start = stage_now();
	do {
		if (tracer_reap(stage.tracer, 16) == 0)
			stage_wait(1000000);
		tracer_look(stage.tracer, INT64_MAX, activity);
		assert_int_not_equal(activity->kind, ACTIVITY_QUIET);
		assert_true(stage_now() - start < STAGE_PATIENCE_NS);
	} while (activity->kind != ACTIVITY_ASTRAY);
}

static void who_repeats_a_barren_call_is_astray(void **state)
{
	(void)state;
	struct activity activity;
	stage_launch(&stage, "spin_accept");
	await_astray(&activity);
	assert_true(activity.repeats && activity.turned);
	assert_int_equal(activity.blocked_count, 0);
	/* What came before a turn says nothing of the next. */
	tracer_turn(stage.tracer, true);
	tracer_look(stage.tracer, INT64_MAX, &activity);
	assert_int_equal(activity.kind, ACTIVITY_RUNNING);
}

static void who_computes_beside_a_server_that_waits_is_astray_after_a_while(void **state)
{
	(void)state;
	struct activity activity;
	stage_launch(&stage, "spin_helper");
	await_astray(&activity);
	assert_true(activity.cpu_ns >= 200000000);
	assert_false(activity.repeats);
	assert_int_equal(activity.blocked_count, 1);
	assert_int_equal(activity.blocked[0].call, CALL_ACCEPT);
	/* It has to have the processor again before anything new may be concluded. */
	tracer_turn(stage.tracer, true);
	tracer_look(stage.tracer, INT64_MAX, &activity);
	assert_true(activity.kind != ACTIVITY_ASTRAY || !activity.turned || activity.cpu_ns >= 201000000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(int count, char **arguments)
{
	programs_run(count, arguments);
	const struct CMUnitTest tests[] = {
		TEST(a_nonblocking_accept_in_a_loop_spins),
		TEST(end_of_file_unnoticed_spins),
		TEST(select_on_an_ended_standard_input_spins),
		TEST(what_sleeps_between_its_polls_does_not_spin),
		TEST(bytes_through_a_pipe_are_progress),
		TEST(a_spin_can_be_forgotten),
		TEST(a_spin_outlives_its_program),
		TEST(who_repeats_a_barren_call_is_astray),
		TEST(who_computes_beside_a_server_that_waits_is_astray_after_a_while),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
