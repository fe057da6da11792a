/* Who is who in one timeline: the names that a report gives to connections and processes, so that a person can tell them
 * apart without descriptor tables and process ids. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct plan_test;
struct text;
struct timeline;

/* Those past the ceilings are told by number only. */
enum { CAST_CONNECTIONS = 1024, CAST_PROCESSES = 256 };

struct cast {
	const struct plan_test *test; /* borrowed */
	const struct timeline *timeline; /* borrowed; NULL */
	struct {
		int16_t actor[2]; /* by enum end; ACTOR_NONE while unknown */
		uint16_t ordinal; /* from 1: the how manyeth between these two */
	} ends[CAST_CONNECTIONS];
	size_t connections; /* numbers up to this one were seen */
	struct {
		int32_t pid;
		int16_t actor;
		uint16_t child; /* from 1 among the actor's children; 0: it was launched itself */
	} processes[CAST_PROCESSES];
	size_t process_count;
	bool several_clients, several_servers; /* more than one actor of that side has connections */
};

/* `timeline` NULL: actors are known by name, connections by number. */
void cast_init(struct cast *, const struct plan_test *, const struct timeline *);
/* "server"; "?" for none. */
const char *cast_actor(const struct cast *, int actor);
/* True when programs of more than one actor are the student's. */
bool cast_several_students(const struct cast *);
/* "the connection with client", as seen from `actor`; "the 2nd connection with client"; "connection 3". */
void cast_connection(struct text *, const struct cast *, int connection, int actor);
/* The connection's short name where there are several: "alice", "client#2", "#3"; nothing where there is one. */
void cast_lane(struct text *, const struct cast *, int connection);
/* "child: " or "child 2: " for a process that the launched one made; nothing for that one. */
void cast_process(struct text *, const struct cast *, int32_t pid);
