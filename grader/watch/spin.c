/* Spinning: rows of barren calls, and how they are told. */
#include "watch/deadlines.h"
#include "watch/following.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

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
		.site = turn->site,
	};
}

void row_end(struct tracer *tracer, struct thread *thread)
{
	const struct turn *turn = row_dominant(&thread->row);
	if (turn == NULL)
		return;
	row_tell(tracer, thread);
	if (turn->count > ROW_TOLD && turn->count > tracer->spin.count)
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
		if (turn != NULL && turn->count > spin->count)
			*spin = spin_of(tracer, thread, turn);
	}
	return spin->count >= least && spin->count > 0;
}

void tracer_spin_clear(struct tracer *tracer)
{
	tracer->spin = (struct spin){0};
	for (size_t i = 0; i < tracer->tree.thread_count; i++)
		row_end(tracer, tracer->tree.threads[i]);
	tracer->spin = (struct spin){0};
}
