/* A test of the language, built by hand and played by the reference peer in a loop of its own. */
#pragma once

#include "peer/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STAGE_LINES = 4096, STAGE_ACTORS = 64, STAGE_SEEN = 65536, STAGE_PORT = 8080 };

enum { SERVER, CLIENT }; /* actors of a plain stage; further clients follow */

struct seen {
	enum peer_call call;
	int actor, connection;
	int64_t result;
};

struct known {
	struct address client, server;
	int actor[2];
};

struct stage {
	struct actor actors[STAGE_ACTORS];
	struct test test;
	struct plan_test plan;
	struct step steps[STAGE_LINES];
	struct line lines[STAGE_LINES];
	const struct line *by_number[STAGE_LINES];
	int epoll;
	struct peer *peer;
	struct seen seen[STAGE_SEEN];
	size_t seen_count;
	struct text read[STAGE_ACTORS]; /* all that a role has read */
	struct known known[STAGE_LINES];
	int known_count;
	int student; /* what the actor hook says */
	bool taken;
	const struct data *expanded;
	void (*on_connection)(struct stage *);
	uint32_t chained; /* with `chains`: begun from within the hook on each event */
	bool chains;
	int descriptor; /* of the test's own program */
};

/* In network namespaces of their own the tests do not meet each other; false (printed why) where that cannot be had. */
bool stage_isolate(void);

struct stage *stage_create(unsigned clients);
void stage_free(struct stage *);
/* Appends a line; its step is filled in further by the caller before stage_open. */
struct step *stage_line(struct stage *, int actor, enum verb);
struct step *stage_data(struct stage *, int actor, enum verb, const char *bytes, size_t length);
/* The plan stands: makes the peer. */
void stage_open(struct stage *, const char *outside);
/* Handles what the epoll reports until nothing is left to do; never sleeps. */
void stage_turn(struct stage *);
void stage_begin(struct stage *, uint32_t number);
/* Turns until the line is done (5 s at most, else the test fails); its errno. */
int stage_finish(struct stage *, uint32_t number);
bool stage_is_done(struct stage *, uint32_t number, int64_t *progress);
/* Every line from `first` to before `last`, one after the other, without an error. */
void stage_play(struct stage *, uint32_t first, uint32_t last);
void stage_play_all(struct stage *);
/* How often the role did that, with that result. */
size_t stage_count(const struct stage *, int actor, enum peer_call, int64_t result);
