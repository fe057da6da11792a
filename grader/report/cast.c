#include "report/cast.h"

#include "base/text.h"
#include "model/plan.h"
#include "timeline/timeline.h"

#include <string.h>

static void note_connection(struct cast *cast, const struct event *event)
{
	if (event->connection < 0)
		return;
	size_t number = (size_t)event->connection;
	if (number >= cast->connections)
		cast->connections = number + 1;
	if (number >= CAST_CONNECTIONS)
		return;
	if (event->ends.client != ACTOR_NONE)
		cast->ends[number].actor[END_CLIENT] = event->ends.client;
	if (event->ends.server != ACTOR_NONE)
		cast->ends[number].actor[END_SERVER] = event->ends.server;
}

static void note_process(struct cast *cast, const struct event *event)
{
	if (cast->process_count == CAST_PROCESSES || (event->kind == EVENT_FORK && event->process.thread))
		return;
	unsigned child = 0;
	for (size_t i = 0; i < cast->process_count && event->kind == EVENT_FORK; i++)
		if (cast->processes[i].actor == event->actor && cast->processes[i].child > child)
			child = cast->processes[i].child;
	if (event->kind == EVENT_FORK)
		child++;
	cast->processes[cast->process_count].pid = event->pid;
	cast->processes[cast->process_count].actor = event->actor;
	cast->processes[cast->process_count++].child = (uint16_t)child;
}

/* Which of the connections between the same two each one is, and whether a side has several actors. */
static void number_connections(struct cast *cast)
{
	size_t known = cast->connections < CAST_CONNECTIONS ? cast->connections : CAST_CONNECTIONS;
	for (size_t i = 0; i < known; i++) {
		uint16_t ordinal = 1;
		for (size_t j = 0; j < i; j++)
			if (memcmp(cast->ends[i].actor, cast->ends[j].actor, sizeof(cast->ends[i].actor)) == 0)
				ordinal++;
		cast->ends[i].ordinal = ordinal;
		if (cast->ends[i].actor[END_CLIENT] != cast->ends[0].actor[END_CLIENT])
			cast->several_clients = true;
		if (cast->ends[i].actor[END_SERVER] != cast->ends[0].actor[END_SERVER])
			cast->several_servers = true;
	}
}

void cast_init(struct cast *cast, const struct plan_test *test, const struct timeline *timeline)
{
	*cast = (struct cast){.test = test, .timeline = timeline};
	for (size_t i = 0; i < CAST_CONNECTIONS; i++)
		cast->ends[i].actor[END_CLIENT] = cast->ends[i].actor[END_SERVER] = ACTOR_NONE;
	for (size_t i = 0; timeline != NULL && i < timeline->count; i++) {
		const struct event *event = &timeline->events[i];
		if (event->kind == EVENT_CONNECTION)
			note_connection(cast, event);
		else if (event->kind == EVENT_LAUNCH || event->kind == EVENT_FORK)
			note_process(cast, event);
	}
	number_connections(cast);
}

const char *cast_actor(const struct cast *cast, int actor)
{
	const struct test *test = cast->test->test;
	return actor >= 0 && (size_t)actor < test->actor_count ? test->actors[actor].name : "?";
}

bool cast_several_students(const struct cast *cast)
{
	size_t students = 0;
	for (size_t i = 0; i < cast->test->test->actor_count; i++)
		students += plan_student(cast->test, (int)i);
	return students > 1;
}

static void add_ordinal(struct text *out, unsigned number)
{
	bool teen = number % 100 >= 11 && number % 100 <= 13;
	const char *suffix = teen               ? "th"
	                     : number % 10 == 1 ? "st"
	                     : number % 10 == 2 ? "nd"
	                     : number % 10 == 3 ? "rd"
	                                        : "th";
	text_printf(out, "%u%s", number, suffix);
}

void cast_connection(struct text *out, const struct cast *cast, int connection, int actor)
{
	int other = ACTOR_NONE;
	if (connection >= 0 && connection < CAST_CONNECTIONS) {
		const int16_t *ends = cast->ends[connection].actor;
		other = ends[END_CLIENT] == actor ? ends[END_SERVER] : ends[END_CLIENT];
	}
	/* Over UDP there is none: ARCHITECTURE.md. */
	const char *what = cast->test->test->transport == TRANSPORT_UDP ? "conversation" : "connection";
	if (other == ACTOR_NONE || other == actor) {
		text_printf(out, "%s %d", what, connection + 1);
		return;
	}
	text_puts(out, "the ");
	if (cast->ends[connection].ordinal > 1) {
		add_ordinal(out, cast->ends[connection].ordinal);
		text_puts(out, " ");
	}
	text_printf(out, "%s with %s", what, cast_actor(cast, other));
}

void cast_lane(struct text *out, const struct cast *cast, int connection)
{
	if (connection < 0 || cast->connections < 2)
		return;
	int16_t client = ACTOR_NONE, server = ACTOR_NONE;
	unsigned ordinal = (unsigned)connection + 1;
	if (connection < CAST_CONNECTIONS) {
		client = cast->ends[connection].actor[END_CLIENT];
		server = cast->ends[connection].actor[END_SERVER];
	}
	int16_t named = cast->several_servers && !cast->several_clients ? server : client;
	if (named == ACTOR_NONE) {
		text_printf(out, "#%u", ordinal);
		return;
	}
	text_puts(out, cast_actor(cast, named));
	if (cast->ends[connection].ordinal > 1)
		text_printf(out, "#%u", cast->ends[connection].ordinal);
}

void cast_process(struct text *out, const struct cast *cast, int32_t pid)
{
	unsigned child = 0, most = 0;
	int actor = ACTOR_NONE;
	for (size_t i = cast->process_count; i-- > 0;) {
		if (cast->processes[i].pid != pid)
			continue;
		child = cast->processes[i].child;
		actor = cast->processes[i].actor;
		break;
	}
	if (child == 0)
		return;
	for (size_t i = 0; i < cast->process_count; i++)
		if (cast->processes[i].actor == actor && cast->processes[i].child > most)
			most = cast->processes[i].child;
	if (most > 1)
		text_printf(out, "child %u: ", child);
	else
		text_puts(out, "child: ");
}
