/* A test of the language, built by hand and played by the reference peer in a loop of its own.  Each test program of
 * this folder includes it once. */
#pragma once

#include "base/text.h"
#include "peer/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <sched.h>

enum { STAGE_LINES = 2048, STAGE_ACTORS = 64, STAGE_SEEN = 8192, STAGE_PORT = 8080 };

enum { SERVER, CLIENT }; /* actors; further clients follow */

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
	int third_party; /* what the actor hook answers */
	bool taken; /* what the taken hook answers */
	const struct data *expanded; /* what the expand hook answers */
	int listener; /* a student's, of the test itself */
	bool asked_before_segment; /* the listener had seen nothing when the connection hook was asked first */
	bool chains; /* each event begins the next line from within the hook, as a runner does */
	uint32_t begun;
};

static inline bool stage_pollable(int descriptor)
{
	fd_set set;
	struct timeval none = {0, 0};
	FD_ZERO(&set);
	FD_SET(descriptor, &set);
	return select(descriptor + 1, &set, NULL, NULL, &none) == 1;
}

static inline void stage_emit(void *context, struct event *event)
{
	struct stage *stage = context;
	if (event->kind == EVENT_STATE)
		return; /* of an end of the reference's own TCP */
	assert_int_equal(event->kind, EVENT_PEER);
	assert_true(stage->seen_count < STAGE_SEEN);
	stage->seen[stage->seen_count++] =
		(struct seen){event->peer.call, event->actor, event->connection, event->peer.result};
	if (event->peer.call == PEER_READ && event->peer.result > 0)
		assert_int_equal(event->data_length, event->peer.result);
	if (event->peer.call == PEER_READ)
		text_add(&stage->read[event->actor], event->data, event->data_length);
	if (stage->chains && stage->begun < stage->plan.line_count)
		peer_begin(stage->peer, &stage->lines[stage->begun++]);
}

static inline int stage_connection(void *context, const struct address *client, const struct address *server,
                                   const int actor[2])
{
	struct stage *stage = context;
	for (int i = 0; i < stage->known_count; i++) {
		struct known *known = &stage->known[i];
		if (memcmp(&known->client, client, sizeof(*client)) == 0 &&
		    memcmp(&known->server, server, sizeof(*server)) == 0)
			return i;
	}
	assert_true(stage->known_count < STAGE_LINES);
	if (stage->listener >= 0)
		stage->asked_before_segment = !stage_pollable(stage->listener);
	stage->known[stage->known_count] = (struct known){*client, *server, {actor[0], actor[1]}};
	return stage->known_count++;
}

static inline bool stage_taken(void *context, int connection)
{
	struct stage *stage = context;
	assert_int_equal(connection, 0);
	return stage->taken;
}

static inline const struct data *stage_expand(void *context, const struct data *data)
{
	(void)data;
	return ((struct stage *)context)->expanded;
}

static inline int stage_actor(void *context, int connection, enum end end)
{
	(void)connection;
	return end == END_CLIENT ? ((struct stage *)context)->third_party : ACTOR_NONE;
}

/* A server and `clients` clients, all played by the reference. */
static inline struct stage *stage_create(unsigned clients)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	assert_non_null(stage);
	assert_true(clients + 1 <= STAGE_ACTORS);
	stage->actors[SERVER] = (struct actor){"server", SIDE_SERVER};
	for (unsigned i = 0; i < clients; i++)
		stage->actors[CLIENT + i] = (struct actor){"client", SIDE_CLIENT};
	stage->test.actors = stage->actors;
	stage->test.actor_count = clients + 1;
	stage->plan.test = &stage->test;
	stage->plan.by_number = stage->by_number;
	stage->plan.port = STAGE_PORT;
	stage->third_party = ACTOR_NONE;
	stage->listener = -1;
	stage->taken = true;
	return stage;
}

static inline void stage_free(struct stage *stage)
{
	peer_destroy(stage->peer);
	close(stage->epoll);
	if (stage->listener >= 0)
		close(stage->listener);
	for (size_t i = 0; i < STAGE_ACTORS; i++)
		text_release(&stage->read[i]);
	free(stage);
}

/* Appends a line; the caller may fill its step in further before stage_open. */
static inline struct step *stage_line(struct stage *stage, int actor, enum verb verb)
{
	uint32_t number = stage->plan.line_count++;
	assert_true(number < STAGE_LINES);
	stage->steps[number] = (struct step){.verb = verb, .actor = actor, .other = ACTOR_NONE};
	stage->lines[number] = (struct line){
		.step = &stage->steps[number], .kind = LINE_ACTION, .number = number, .actor = actor, .other = ACTOR_NONE};
	stage->by_number[number] = &stage->lines[number];
	return &stage->steps[number];
}

static inline void stage_other(struct stage *stage, int other)
{
	stage->lines[stage->plan.line_count - 1].other = other;
}

static inline struct step *stage_bytes(struct stage *stage, int actor, enum verb verb, const void *bytes, size_t length)
{
	struct step *step = stage_line(stage, actor, verb);
	step->data = (struct data){.kind = DATA_BYTES, .bytes = bytes, .length = length};
	return step;
}

static inline struct step *stage_text(struct stage *stage, int actor, enum verb verb, const char *text)
{
	return stage_bytes(stage, actor, verb, text, strlen(text));
}

/* The lines stand: makes the peer. */
static inline void stage_open(struct stage *stage, const char *outside)
{
	struct peer_hooks hooks = {stage, stage_emit, stage_connection, NULL, stage_expand, stage_taken, stage_actor, NULL};
	stage->epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_true(stage->epoll >= 0);
	stage->peer = peer_create(&stage->plan, stage->epoll, outside, &hooks);
	assert_non_null(stage->peer);
}

static inline bool stage_turn(struct stage *stage, int patience_ms)
{
	struct epoll_event ready[16];
	int count = epoll_wait(stage->epoll, ready, 16, patience_ms);
	for (int i = 0; i < count; i++)
		peer_ready(stage->peer, ready[i].data.u64);
	return count > 0;
}

/* Handles all that there is to handle, as long as something follows from it. */
static inline void stage_settle(struct stage *stage)
{
	do {
		while (stage_turn(stage, 0))
			continue;
	} while (peer_pending(stage->peer));
}

static inline void stage_begin(struct stage *stage, uint32_t number)
{
	peer_begin(stage->peer, &stage->lines[number]);
}

static inline bool stage_done(struct stage *stage, uint32_t number, int *error, int64_t *progress)
{
	return peer_done(stage->peer, &stage->lines[number], error, progress);
}

/* Turns until the line is done; its errno.  When nothing comes for 5 s the test has failed. */
static inline int stage_finish(struct stage *stage, uint32_t number)
{
	int error;
	int64_t progress;
	while (!stage_done(stage, number, &error, &progress)) {
		if (!stage_turn(stage, 5000) && !peer_quiet(stage->peer))
			fail_msg("line %u is not done: %lld bytes", number, (long long)progress);
	}
	return error;
}

static inline void stage_play(struct stage *stage, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		stage_begin(stage, i);
		int error = stage_finish(stage, i);
		if (error != 0)
			fail_msg("line %u: %s", i, strerror(error));
	}
}

static inline void stage_play_all(struct stage *stage)
{
	stage_play(stage, 0, stage->plan.line_count);
}

/* How often the role did that, with that result. */
static inline size_t stage_count(const struct stage *stage, int actor, enum peer_call call, int64_t result)
{
	size_t count = 0;
	for (size_t i = 0; i < stage->seen_count; i++) {
		const struct seen *seen = &stage->seen[i];
		count += seen->actor == actor && seen->call == call && seen->result == result;
	}
	return count;
}

static inline void stage_assert_read(const struct stage *stage, int actor, const void *bytes, size_t length)
{
	assert_int_equal(stage->read[actor].length, length);
	assert_memory_equal(text_string(&stage->read[actor]), bytes, length);
}

/* A program of the student, of the test itself: blocking sockets whose calls never have to wait. */
static inline int student_socket(const char *host, struct sockaddr_in *address)
{
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(STAGE_PORT)};
	assert_int_equal(inet_pton(AF_INET, host, &address->sin_addr), 1);
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(descriptor >= 0);
	return descriptor;
}

static inline int student_connects(const char *host)
{
	struct sockaddr_in address;
	int descriptor = student_socket(host, &address);
	assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
	return descriptor;
}

static inline int student_listens(void)
{
	struct sockaddr_in address;
	int on = 1, descriptor = student_socket("0.0.0.0", &address);
	setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(descriptor, 8), 0);
	return descriptor;
}

static inline bool lo_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = descriptor >= 0 && ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
	if (descriptor >= 0)
		close(descriptor);
	return up;
}

/* A network namespace of its own, so that the port is free.  False, and why, where the host has none for us. */
static inline bool stage_isolate(void)
{
	if ((unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) && lo_up())
		return true;
	printf("skipped: no network namespace here: %s\n", strerror(errno));
	return false;
}
