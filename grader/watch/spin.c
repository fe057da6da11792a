/* Spinning: rows of barren calls, and how they are told. */
#include "watch/deadlines.h"
#include "watch/following.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* When a thread that runs counts as astray: so many barren calls in a row, or so much CPU time since its last followed
 * call that led somewhere.  A turn is so much of the processor that it would have noticed what there is to notice. */
enum { ASTRAY_CALLS = 16 };
#define ASTRAY_NS (INT64_C(200) * 1000000)
#define TURN_NS INT64_C(1000000)

void row_tell(struct tracer *tracer, struct thread *thread)
{
	for (unsigned i = 0; i < thread->row.used; i++) {
		struct turn *turn = &thread->row.turns[i];
		if (turn->told >= turn->count)
			continue;
		turn->told = turn->count;
		struct event event = thread_event(tracer, thread, EVENT_RETURN);
		event.connection = (int16_t)socket_connection(tracer, turn->socket);
		event.site = turn->site;
		event.call.call = turn->call;
		event.call.descriptor = turn->descriptor;
		event.call.socket = turn->socket;
		event.call.argument = turn->argument;
		event.call.result = turn->result;
		event.call.repeat = turn->count < UINT32_MAX ? (uint32_t)turn->count : UINT32_MAX;
		tracer_emit(tracer, &event);
	}
}

void tracer_flush(struct tracer *tracer)
{
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		struct thread *thread = tracer->tree.threads[i];
		row_tell(tracer, thread);
		if (thread->inside && thread->withheld)
			call_tell_entry(tracer, thread);
	}
}

static struct spin spin_of(const struct tracer *tracer, const struct thread *thread, const struct turn *turn)
{
	return (struct spin){
		.pid = thread->process != NULL ? thread->process->pid : thread->tid,
		.tid = thread->tid,
		.actor = thread->process != NULL ? thread->process->actor : ACTOR_NONE,
		.call = turn->call,
		.descriptor = turn->descriptor,
		.socket = turn->socket,
		.connection = socket_connection(tracer, turn->socket),
		.result = turn->result,
		.count = turn->count,
		.weight = turn_weight(&thread->row, turn),
		.site = turn->site,
	};
}

void row_end(struct tracer *tracer, struct thread *thread)
{
	const struct turn *turn = row_dominant(&thread->row);
	if (turn == NULL)
		return;
	row_tell(tracer, thread);
	if (turn->count > ROW_TOLD && turn_weight(&thread->row, turn) > tracer->spin.weight)
		tracer->spin = spin_of(tracer, thread, turn);
	row_clear(&thread->row);
}

/* CPU time and time in a run queue of thread and tracer together: what of the time between two stops was not sleep. */
static int64_t accounted(struct tracer *tracer, struct thread *thread)
{
	int64_t cpu = 0, waited = 0;
	uint64_t switches;
	char text[96], *end;
	if (!thread_scheduled(&tracer->tree, thread, &cpu, &waited, &switches))
		return 0;
	ssize_t count = pread(tracer->own_schedstat, text, sizeof(text) - 1, 0);
	if (count <= 0)
		return cpu + waited;
	text[count] = '\0';
	int64_t own = strtoll(text, &end, 10);
	return cpu + waited + own + strtoll(end, NULL, 10);
}

void row_time(struct tracer *tracer, struct thread *thread, int64_t now)
{
	struct row *row = &thread->row;
	int64_t gap = now - row->mark_ns;
	row->mark_ns = now;
	if (row->used == 0)
		return;
	if (row->longest < ROW_TOLD) {
		row->accounted_ns = 0;
		if (gap > MS_NS)
			row_end(tracer, thread);
		return;
	}
	int64_t before = row->accounted_ns;
	row->accounted_ns = accounted(tracer, thread);
	if (gap > MS_NS && before != 0 && gap - (row->accounted_ns - before) > MS_NS / 2)
		row_end(tracer, thread);
}

bool tracer_spin(const struct tracer *tracer, uint64_t least, struct spin *spin)
{
	*spin = tracer->spin;
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		const struct thread *thread = tracer->tree.threads[i];
		const struct turn *turn = row_dominant(&thread->row);
		if (turn != NULL && turn_weight(&thread->row, turn) > spin->weight)
			*spin = spin_of(tracer, thread, turn);
	}
	return spin->weight >= least && spin->weight > 0;
}

bool thread_repeats(const struct thread *thread)
{
	const struct turn *turn = row_dominant(&thread->row);
	return turn != NULL && turn_weight(&thread->row, turn) >= ASTRAY_CALLS;
}

bool thread_astray(const struct tracer *tracer, const struct thread *thread)
{
	bool all_seen = thread->process->traced && (tracer->level == WATCH_CALLS || tracer->level == WATCH_TIMED);
	return thread_repeats(thread) || (all_seen && thread->cpu_ns - thread->moved_cpu_ns >= ASTRAY_NS);
}

bool thread_turned(const struct thread *thread)
{
	return thread_repeats(thread) || thread->cpu_ns - thread->turn_cpu_ns >= TURN_NS;
}

void tracer_turn(struct tracer *tracer, bool news)
{
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		struct thread *thread = tracer->tree.threads[i];
		row_end(tracer, thread);
		thread->turn_cpu_ns = thread->cpu_ns;
		thread->turn_switches = thread->switches;
		if (news)
			thread->news_switches = thread->switches;
	}
	tracer->spin = (struct spin){0};
}
