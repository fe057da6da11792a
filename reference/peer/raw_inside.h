/* Private to raw*.c: one host's worth of the reference's own TCP. */
#pragma once

#include "peer/raw.h"
#include "peer/shape.h"

struct arena;

enum {
	RAW_MSS = 1460, /* an MTU of 1500 without options */
	KEPT_MOST = 256, /* packets kept back by `delay:` */
	TOLD_MOST = 64,
};

/* A rule has done its work, and nobody has been told yet. */
struct told {
	struct raw_end *end;
	bool of_state;
	enum tcp_state state;
	enum peer_call call;
	char words[SHAPE_WORDS];
};

struct raw {
	struct arena *arena;
	struct raw_hooks hooks;
	uint16_t port;
	uint32_t next_iss;
	uint32_t buffer_bytes;
	int tap, out, news; /* news: an eventfd(2) */
	int guard; /* of the test's port; -1 */
	int listener; /* the actor that listens; ACTOR_NONE */
	int crosses; /* the actor whose SYN will cross the next one; ACTOR_NONE */
	struct raw_end **ends;
	size_t end_count, end_capacity;
	struct shape *shapes;
	size_t shape_count, shape_capacity;
	uint32_t *window_most; /* by actor, as far as it was limited */
	size_t window_capacity;
	struct flight kept[KEPT_MOST]; /* by `delay:` */
	size_t kept_count;
	struct told told[TOLD_MOST];
	size_t told_count;
	bool working, has_news;
	uint8_t packet[SEGMENT_PACKET_MOST];
};

/* CLOCK_MONOTONIC. */
int64_t raw_now_ns(void);
/* In CLOSED, with numbers of its own. */
struct raw_end *raw_end_create(struct raw *, int actor, const struct address *local, const struct address *remote);
/* Sends everything of the end that is due. */
void raw_end_flush(struct raw_end *);
/* Something may be news to the roles. */
void raw_news_tell(struct raw *);

/* raw_flight.c: segments on their way, in either direction, as the rules say. */
void raw_flight_begin(struct raw *, const struct flight *, const struct segment *);
/* Sends what a rule kept for others that do not come.  True when there was something. */
bool raw_orders_land(struct raw *);
/* Sends what was delayed and is due. */
bool raw_delayed_land(struct raw *);
/* Tells what rules have done, unless the raw TCP is at work. */
void raw_told_out(struct raw *);
/* Tells the state of an end that a rule has met, when it is another. */
void raw_state_tell(struct raw_end *);
/* A late segment says nothing to anybody any more: it would be answered by RST. */
bool raw_end_over(const struct raw_end *);
