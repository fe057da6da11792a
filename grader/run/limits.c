/* What ends a test that does not end itself: the limits of its box, and of its time. */
#include "run/runner_state.h"
#include "sandbox/folder.h"

#include <time.h>

void limits_emit(struct runner *runner, int actor, enum limit_kind limit, int64_t value)
{
	struct event event = {.kind = EVENT_LIMIT, .actor = (int16_t)actor, .connection = CONNECTION_NONE};
	event.limit.limit = limit;
	event.limit.value = value;
	tracer_flush(runner->tracer);
	actions_give_up(runner);
	runner_emit(runner, &event);
	runner->over = true;
}

void limits_time_reached(struct runner *runner, int actor)
{
	limits_emit(runner, actor, LIMIT_TIME, runner->test->limits.time_ns);
}

int limits_actor(const struct runner *runner)
{
	int actor = ACTOR_NONE;
	for (size_t i = 0; i < runner->test->test->actor_count; i++)
		if (plan_student(runner->test, (int)i) && (actor == ACTOR_NONE || tracer_alive(runner->tracer, (int)i) > 0))
			actor = (int)i;
	return actor;
}

bool limits_box_full(struct runner *runner)
{
	const struct limits *limits = &runner->test->limits;
	int reached = box_reached(runner->box);
	if (reached == LIMIT_MEMORY)
		limits_emit(runner, limits_actor(runner), LIMIT_MEMORY, (int64_t)limits->memory_bytes);
	else if (reached == LIMIT_PROCESSES)
		limits_emit(runner, limits_actor(runner), LIMIT_PROCESSES, (int64_t)limits->processes);
	else if (reached == LIMIT_FILES)
		limits_emit(runner, limits_actor(runner), LIMIT_FILES, FOLDER_BYTES);
	else if (runner->children > CHILDREN_MOST)
		limits_emit(runner, limits_actor(runner), LIMIT_PROCESSES, CHILDREN_MOST);
	return runner->over;
}

/* Nobody runs, and yet it cannot be told what is waited for: a call that no signal ends, say.  It is given the time of the
 * whole test, and not too little. */
#define STANDS_LEAST_NS (INT64_C(10) * 1000000000)

bool limits_stand_for_ever(struct runner *runner, const struct activity *activity, int64_t now_ns)
{
	int64_t limit_ns = runner->test->limits.time_ns;
	if (runner->burnt_ns != activity->cpu_ns || runner->burning_ns == 0) {
		runner->burnt_ns = activity->cpu_ns;
		runner->burning_ns = now_ns;
	}
	return now_ns - runner->burning_ns > (limit_ns > STANDS_LEAST_NS ? limit_ns : STANDS_LEAST_NS) &&
	       tracer_stands(runner->tracer);
}

int64_t limits_own_cpu(void)
{
	struct timespec spent;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	return (int64_t)spent.tv_sec * 1000000000 + spent.tv_nsec;
}

/* A program that makes one followed call after the other burns about as much CPU time as its tracer. */
void limits_check_labour(struct runner *runner)
{
	enum { TURNS_BETWEEN = 64, TURNS_BETWEEN_LOOKS = 1024 };
	if (runner->over || ++runner->busy_turns % TURNS_BETWEEN != 0)
		return;
	if (runner->busy_turns % TURNS_BETWEEN_LOOKS == 0 && limits_box_full(runner))
		return;
	if ((limits_own_cpu() - runner->own_cpu_ns) * 2 > runner->test->limits.time_ns)
		limits_time_reached(runner, limits_actor(runner));
}
