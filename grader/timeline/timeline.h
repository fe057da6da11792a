/* The ordered log of everything a run saw. */
#pragma once

#include "model/event.h"

struct diags;
struct text;

struct timeline {
	struct arena *arena; /* owned; holds the data of the events */
	struct event *events; /* owned */
	size_t count, capacity;
	size_t data_bytes;
	bool truncated; /* a ceiling was reached: events behind it are missing */
};

/* Ceilings of one test's timeline.  Who asks, reads and writes each of 30 KB singly makes nine events a byte. */
#define TIMELINE_EVENTS ((size_t)320000)
#define TIMELINE_DATA ((size_t)64 << 20)

struct timeline *timeline_create(void);
/* NULL is allowed. */
void timeline_destroy(struct timeline *);

/* Appends a copy, gives it its number, and returns it; valid until the next append.  NULL past a ceiling: twice
 * TIMELINE_EVENTS for EVENT_QUIET, EVENT_EXIT and EVENT_STEP, and some more for EVENT_LIMIT and EVENT_END, so that what
 * a verdict needs is there when a program floods the timeline. */
const struct event *timeline_append(struct timeline *, const struct event *);

/* "server.c:41" for the event's site, when that is known. */
bool timeline_source(const struct timeline *, const struct event *, struct text *);

/* One JSON object a line; members that have their usual value are left out (timeline/fields.c).  Two timelines that
 * are equal save equal bytes. */
void timeline_save(const struct timeline *, struct text *);
/* NULL when a line is not an event: `diags` says which. */
struct timeline *timeline_load(const char *bytes, size_t length_bytes, const char *path, struct diags *);

/* One event as a record for a pipe between two processes of the same binary, and back.  event_unpack returns the bytes
 * used, 0 when more are needed, and -1 for what is no record; the event's data point into `bytes`. */
void event_pack(const struct event *, struct text *);
ptrdiff_t event_unpack(const void *bytes, size_t length_bytes, struct event *);
