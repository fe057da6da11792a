/* What is known while one test of a spec is read: who plays, and which names its lines have kept. */
#pragma once

#include "model/lifecycle.h"
#include "spec/reader.h"
#include "spec/spec.h"

#include <stdbool.h>
#include <stdint.h>

struct sha256;

/* Of the whole spec. */
struct spec_reader {
	struct reader reader;
	const struct spec_source *source;
	struct sha256 *digest; /* takes every file that is named */
	uint64_t seed;
	uint64_t data_bytes; /* generated or read so far */
	enum transport transport; /* of tests that name none */
};

struct scene {
	struct spec_reader *spec;
	const struct reader *reader; /* of the spec */
	enum transport transport; /* of the test */
	uint64_t seed; /* of random data that names none */
	const struct actor *actors; /* servers first */
	size_t server_count, actor_count;
	bool actors_unknown; /* they could not be read: say nothing of roles that nobody plays */
	bool raw; /* network: raw */
	bool virtual_time; /* time: virtual */
	unsigned shaped; /* 1u << enum side: whose segments the reference shapes, as far as read */
	bool loses; /* some step loses or delays segments */
	const char **strangers; /* names that nobody plays: each is told once */
	size_t stranger_count, stranger_capacity;
	const char **kept; /* by `as:`, so far */
	size_t kept_count, kept_capacity;
};

/* Reads `servers:` and `clients:` (either may be NULL) into the scene. */
void scene_read_actors(struct scene *, const struct node *servers, const struct node *clients);
/* Index of the actor, ACTOR_CLIENTS, ACTOR_SERVERS, or ACTOR_NONE for a word that names none. */
int scene_actor(const struct scene *, const char *word);
/* Reads a node that names a role; false after telling who plays, once for each name. */
bool scene_read_role(struct scene *, const struct node *, int *actor);
/* Tells that nobody plays it, who does, and `more`: once for each name.  False. */
bool scene_stranger(struct scene *, const struct node *, const char *more);
/* The side of an actor or a group. */
enum side scene_side(const struct scene *, int actor);
/* " (did you mean …)" for a word that might be a role, or "". */
const char *scene_suggestion(const struct scene *, const char *word);
/* How many actors an index or a group stands for; the first is *first, the others follow it. */
size_t scene_members(const struct scene *, int actor, int *first);
