#include "run/runner_state.h"

#include "base/arena.h"

#include <errno.h>
#include <signal.h>

static void step_event(struct runner *runner, const struct line *line, bool done, int error, int64_t progress)
{
	struct event event = {.kind = EVENT_STEP, .actor = (int16_t)line->actor, .connection = CONNECTION_NONE};
	event.step.line = line->number;
	event.step.done = done;
	event.step.error = error;
	event.step.progress = progress;
	runner_emit(runner, &event);
}

/* The lines behind it say what the reference's role makes of a signal; where they say nothing, the signal ends it. */
static bool goes_on(const struct runner *runner, const struct line *line)
{
	for (uint32_t i = line->number + 1; i < runner->test->line_count; i++) {
		const struct line *later = runner->test->by_number[i];
		enum verb verb = later->step->verb;
		if (later->actor != line->actor)
			continue;
		if (verb == VERB_EXIT || verb == VERB_LAUNCH || verb == VERB_KILL)
			return false;
		if (later->kind == LINE_ACTION)
			return true;
	}
	return false;
}

/* True when that is all: the end of a program that is killed is waited for. */
static bool role_signal(struct runner *runner, const struct line *line, bool student, int *error)
{
	const struct step *step = line->step;
	bool kills = step->verb == VERB_KILL;
	if (!student) {
		if (kills || step->number == SIGKILL || !goes_on(runner, line))
			peer_crash(runner->peer, line->actor);
		return true;
	}
	pid_t pid = tracer_main(runner->tracer, line->actor);
	if (pid == 0 || kill(pid, kills ? SIGKILL : step->number) < 0)
		*error = ESRCH;
	return !kills || *error != 0;
}

static void role_hold(struct runner *runner, int actor, bool student, bool holds)
{
	if (!student) {
		peer_hold(runner->peer, actor, holds);
		return;
	}
	if (holds)
		tracer_hold(runner->tracer, actor);
	else
		tracer_release(runner->tracer, actor);
	runner->holding = holds;
}

/* Each verb of the harness: true when it is done at once. */
static bool harness_begin(struct runner *runner, const struct line *line, int *error)
{
	const struct step *step = line->step;
	bool student = line->actor >= 0 && plan_student(runner->test, line->actor);
	switch (step->verb) {
	case VERB_LAUNCH:
		if (student && !program_launch(runner, line->actor))
			*error = ECANCELED;
		return true;
	case VERB_KILL:
	case VERB_SIGNAL:
		return role_signal(runner, line, student, error);
	case VERB_HOLD:
	case VERB_RELEASE:
		role_hold(runner, line->actor, student, step->verb == VERB_HOLD);
		return true;
	case VERB_WAIT:
		runner->wait_until_ns = runner_now() + tracer_ahead(runner->tracer) + step->duration_ns;
		runner->wait_beats = 0;
		return false;
	case VERB_STDIN:
		if (student)
			program_feed(runner, line->actor, step->end_of_stream ? NULL : &step->data, step->end_of_stream);
		return true;
	case VERB_LISTEN:
	case VERB_CONNECT:
	case VERB_ACCEPT:
	case VERB_SEND:
	case VERB_RECEIVE:
	case VERB_DROP:
	case VERB_SHUTDOWN:
	case VERB_EOF:
	case VERB_CLOSE:
	case VERB_RESET:
	case VERB_LOSE:
	case VERB_DUPLICATE:
	case VERB_REORDER:
	case VERB_DELAY:
	case VERB_WINDOW:
	case VERB_SILENT:
	case VERB_IDLE:
	case VERB_ALIVE:
	case VERB_EXIT:
	case VERB_STDOUT:
	case VERB_STDERR:
	case VERB_WIRE:
	case VERB_STATE:
	case VERB_SOCKETS:
	case VERB_DESCRIPTORS:
	case VERB_ZOMBIES:
	case VERB_PROCESSES:
	case VERB_THREADS:
	case VERB_TOGETHER:
	case VERB_REPEAT:
		break;
	}
	return true;
}

static void begun_add(struct runner *runner, const struct line *line)
{
	runner->begun = arena_grow(runner->arena, runner->begun, &runner->begun_capacity, runner->begun_count + 1,
	                           sizeof(const struct line *));
	runner->begun[runner->begun_count++] = line;
}

void action_begin(struct runner *runner, const struct line *line)
{
	step_event(runner, line, false, 0, 0);
	runner->unsettled = true;
	if (line->kind == LINE_ACTION) {
		begun_add(runner, line);
		peer_begin(runner->peer, line);
		actions_end_done(runner);
		return;
	}
	int error = 0;
	if (harness_begin(runner, line, &error))
		step_event(runner, line, true, error, 0);
	else
		begun_add(runner, line);
}

static bool action_done(struct runner *runner, const struct line *line, int *error, int64_t *progress)
{
	if (line->kind == LINE_ACTION)
		return peer_done(runner->peer, line, error, progress);
	if (line->step->verb == VERB_WAIT)
		return runner_now() + tracer_ahead(runner->tracer) >= runner->wait_until_ns;
	return tracer_main(runner->tracer, line->actor) == 0;
}

bool actions_end_done(struct runner *runner)
{
	bool any = false;
	for (size_t i = 0; i < runner->begun_count;) {
		const struct line *line = runner->begun[i];
		int error = 0;
		int64_t progress = 0;
		if (!action_done(runner, line, &error, &progress)) {
			i++;
			continue;
		}
		runner->begun[i] = runner->begun[--runner->begun_count];
		if (line->step->verb == VERB_WAIT)
			runner->wait_until_ns = 0;
		runner_drain(runner);
		step_event(runner, line, true, error, progress);
		any = true;
		i = 0;
	}
	return any;
}

void actions_give_up(struct runner *runner)
{
	while (runner->begun_count > 0) {
		const struct line *line = runner->begun[--runner->begun_count];
		int error = 0;
		int64_t progress = 0;
		if (!action_done(runner, line, &error, &progress))
			error = ETIMEDOUT;
		step_event(runner, line, true, error, progress);
	}
}
