#include "report/pcapng_row.h"

#include "base/arena.h"
#include "base/text.h"
#include "report/event_text.h"
#include "report/spoken_calls.h"
#include "timeline/timeline.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

enum { THREADS = 1024, ROW_PEEK = 48, ACTORS_MOST = 4096 };

#define NOTHING UINT32_MAX

struct call_rows {
	const struct timeline *timeline;
	uint32_t *partner; /* by number: the return of a call, and the call of a return; NOTHING */
	uint8_t side[ACTORS_MOST]; /* by actor: 1 a client, 2 a server, 0 unknown */
};

/* Threads are told apart by a small table: one that is overwritten by another loses its pair, no more. */
struct thread {
	int32_t tid;
	uint32_t call;
};

static void side_learn(struct call_rows *rows, const struct event *event)
{
	if (event->ends.client >= 0 && event->ends.client < ACTORS_MOST)
		rows->side[event->ends.client] = 1;
	if (event->ends.server >= 0 && event->ends.server < ACTORS_MOST)
		rows->side[event->ends.server] = 2;
}

struct call_rows *call_rows_create(const struct timeline *timeline, struct arena *arena)
{
	struct call_rows *rows = arena_alloc(arena, sizeof(*rows));
	struct thread *threads = arena_array(arena, THREADS, sizeof(*threads));
	rows->timeline = timeline;
	rows->partner = arena_array(arena, timeline->count, sizeof(*rows->partner));
	for (uint32_t i = 0; i < timeline->count; i++) {
		const struct event *event = &timeline->events[i];
		struct thread *thread = &threads[(uint32_t)event->tid % THREADS];
		rows->partner[i] = NOTHING;
		if (event->kind == EVENT_CONNECTION)
			side_learn(rows, event);
		else if (event->kind == EVENT_CALL)
			*thread = (struct thread){event->tid, i};
		if (event->kind != EVENT_RETURN || thread->tid != event->tid || event->tid == 0)
			continue;
		const struct event *call = &timeline->events[thread->call];
		if (call->kind != EVENT_CALL || call->call.call != event->call.call || rows->partner[thread->call] != NOTHING)
			continue;
		rows->partner[i] = thread->call;
		rows->partner[thread->call] = i;
	}
	return rows;
}

static const char *side_word(const struct call_rows *rows, const struct event *event, const char *unknown)
{
	if (event->actor < 0 || event->actor >= ACTORS_MOST || rows->side[event->actor] == 0)
		return unknown;
	return rows->side[event->actor] == 1 ? "client" : "server";
}

static void add_who(const struct call_rows *rows, const struct event *event, struct text *out)
{
	text_printf(out, "%s[%" PRId32 "]: ", side_word(rows, event, "program"), event->pid);
}

static void add_took(const struct event *call, const struct event *returned, struct text *out)
{
	enum { US = 1000, SHORT_NS = 10000000 };
	int64_t took_ns = returned->time_ns - call->time_ns;
	text_puts(out, "  [");
	if (took_ns < SHORT_NS)
		text_printf(out, "%" PRId64 " us", took_ns / US);
	else
		elapsed_text(out, took_ns);
	text_puts(out, "]");
}

static bool row_of_call(const struct call_rows *rows, const struct event *here, const struct event *call,
                        const struct event *returned, struct text *out)
{
	if (!call_speaks(call, returned))
		return false;
	bool at_entry = call_acts(call->call.call) || returned == NULL;
	if (at_entry != (here->kind == EVENT_CALL) && call != returned)
		return false;
	add_who(rows, here, out);
	event_call_text(out, call, returned, ROW_PEEK);
	if (returned == NULL)
		text_puts(out, "  [never returned]");
	else if (returned->call.repeat > 1)
		text_printf(out, "  [%" PRIu32 " times]", returned->call.repeat);
	else if (call != returned)
		add_took(call, returned, out);
	return true;
}

static bool row_of_exit(const struct call_rows *rows, const struct event *event, struct text *out)
{
	int status = event->process.status;
	add_who(rows, event, out);
	if (WIFEXITED(status))
		text_printf(out, "exited with status %d", WEXITSTATUS(status));
	else
		text_printf(out, "ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	return true;
}

bool call_row(const struct call_rows *rows, size_t number, struct text *out)
{
	const struct event *events = rows->timeline->events, *event = &events[number];
	uint32_t partner = rows->partner[number];
	if (event->kind == EVENT_CALL)
		return row_of_call(rows, event, event, partner != NOTHING ? &events[partner] : NULL, out);
	if (event->kind == EVENT_RETURN)
		return row_of_call(rows, event, partner != NOTHING ? &events[partner] : event, event, out);
	if (event->kind == EVENT_EXIT)
		return row_of_exit(rows, event, out);
	if (event->kind == EVENT_PEER) {
		text_printf(out, "reference %s: ", side_word(rows, event, "peer"));
		event_peer_text(out, event, ROW_PEEK);
		return true;
	}
	if (event->kind == EVENT_OUTPUT) {
		add_who(rows, event, out);
		text_puts(out, event->output.descriptor == 2 ? "stderr " : "stdout ");
		text_escaped(out, event->data, event->data_length, 4 * ROW_PEEK, true);
		return true;
	}
	if (event->kind == EVENT_DROPPED) {
		text_printf(out, "%" PRIu64 " segments were not captured", event->dropped.count);
		return true;
	}
	return false;
}
