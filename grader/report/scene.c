#include "report/scene.h"

#include "base/text.h"
#include "model/plan.h"
#include "timeline/timeline.h"

#include <string.h>

static void note_connection(struct scene *scene, const struct event *event)
{
	if (event->connection < 0)
		return;
	size_t number = (size_t)event->connection;
	if (number >= scene->connections)
		scene->connections = number + 1;
	if (number >= SCENE_CONNECTIONS)
		return;
	if (event->ends.client != ACTOR_NONE)
		scene->ends[number].actor[END_CLIENT] = event->ends.client;
	if (event->ends.server != ACTOR_NONE)
		scene->ends[number].actor[END_SERVER] = event->ends.server;
}

static void note_process(struct scene *scene, const struct event *event)
{
	if (scene->process_count == SCENE_PROCESSES || (event->kind == EVENT_FORK && event->process.thread))
		return;
	unsigned child = 0;
	for (size_t i = 0; i < scene->process_count && event->kind == EVENT_FORK; i++)
		if (scene->processes[i].actor == event->actor && scene->processes[i].child > child)
			child = scene->processes[i].child;
	if (event->kind == EVENT_FORK)
		child++;
	scene->processes[scene->process_count].pid = event->pid;
	scene->processes[scene->process_count].actor = event->actor;
	scene->processes[scene->process_count++].child = (uint16_t)child;
}

/* Which of the connections between the same two each one is, and whether a side has several actors. */
static void number_connections(struct scene *scene)
{
	size_t known = scene->connections < SCENE_CONNECTIONS ? scene->connections : SCENE_CONNECTIONS;
	for (size_t i = 0; i < known; i++) {
		uint16_t ordinal = 1;
		for (size_t j = 0; j < i; j++)
			if (memcmp(scene->ends[i].actor, scene->ends[j].actor, sizeof(scene->ends[i].actor)) == 0)
				ordinal++;
		scene->ends[i].ordinal = ordinal;
		if (scene->ends[i].actor[END_CLIENT] != scene->ends[0].actor[END_CLIENT])
			scene->several_clients = true;
		if (scene->ends[i].actor[END_SERVER] != scene->ends[0].actor[END_SERVER])
			scene->several_servers = true;
	}
}

void scene_init(struct scene *scene, const struct plan_test *test, const struct timeline *timeline)
{
	*scene = (struct scene){.test = test, .timeline = timeline};
	for (size_t i = 0; i < SCENE_CONNECTIONS; i++)
		scene->ends[i].actor[END_CLIENT] = scene->ends[i].actor[END_SERVER] = ACTOR_NONE;
	for (size_t i = 0; timeline != NULL && i < timeline->count; i++) {
		const struct event *event = &timeline->events[i];
		if (event->kind == EVENT_CONNECTION)
			note_connection(scene, event);
		else if (event->kind == EVENT_LAUNCH || event->kind == EVENT_FORK)
			note_process(scene, event);
	}
	number_connections(scene);
}

const char *scene_actor(const struct scene *scene, int actor)
{
	const struct test *test = scene->test->test;
	return actor >= 0 && (size_t)actor < test->actor_count ? test->actors[actor].name : "?";
}

bool scene_several_students(const struct scene *scene)
{
	size_t students = 0;
	for (size_t i = 0; i < scene->test->test->actor_count; i++)
		students += plan_student(scene->test, (int)i);
	return students > 1;
}

static void add_ordinal(struct text *out, unsigned number)
{
	bool teen = number % 100 >= 11 && number % 100 <= 13;
	const char *suffix = teen                ? "th"
	                     : number % 10 == 1 ? "st"
	                     : number % 10 == 2 ? "nd"
	                     : number % 10 == 3 ? "rd"
	                                        : "th";
	text_printf(out, "%u%s", number, suffix);
}

void scene_connection(struct text *out, const struct scene *scene, int connection, int actor)
{
	int other = ACTOR_NONE;
	if (connection >= 0 && connection < SCENE_CONNECTIONS) {
		const int16_t *ends = scene->ends[connection].actor;
		other = ends[END_CLIENT] == actor ? ends[END_SERVER] : ends[END_CLIENT];
	}
	if (other == ACTOR_NONE || other == actor) {
		text_printf(out, "connection %d", connection + 1);
		return;
	}
	text_puts(out, "the ");
	if (scene->ends[connection].ordinal > 1) {
		add_ordinal(out, scene->ends[connection].ordinal);
		text_puts(out, " ");
	}
	text_printf(out, "connection with %s", scene_actor(scene, other));
}

void scene_lane(struct text *out, const struct scene *scene, int connection)
{
	if (connection < 0 || scene->connections < 2)
		return;
	int16_t client = ACTOR_NONE, server = ACTOR_NONE;
	unsigned ordinal = (unsigned)connection + 1;
	if (connection < SCENE_CONNECTIONS) {
		client = scene->ends[connection].actor[END_CLIENT];
		server = scene->ends[connection].actor[END_SERVER];
	}
	int16_t named = scene->several_servers && !scene->several_clients ? server : client;
	if (named == ACTOR_NONE) {
		text_printf(out, "#%u", ordinal);
		return;
	}
	text_puts(out, scene_actor(scene, named));
	if (scene->ends[connection].ordinal > 1)
		text_printf(out, "#%u", scene->ends[connection].ordinal);
}

void scene_process(struct text *out, const struct scene *scene, int32_t pid)
{
	unsigned child = 0, most = 0;
	int actor = ACTOR_NONE;
	for (size_t i = scene->process_count; i-- > 0;) {
		if (scene->processes[i].pid != pid)
			continue;
		child = scene->processes[i].child;
		actor = scene->processes[i].actor;
		break;
	}
	if (child == 0)
		return;
	for (size_t i = 0; i < scene->process_count; i++)
		if (scene->processes[i].actor == actor && scene->processes[i].child > most)
			most = scene->processes[i].child;
	if (most > 1)
		text_printf(out, "child %u: ", child);
	else
		text_puts(out, "child: ");
}
