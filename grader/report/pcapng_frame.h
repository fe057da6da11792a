/* Segments of a timeline as IP packets again: headers as captured, or made up where none were, and as much of the
 * payload as the timeline knows from the reference peer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;
struct arena;
struct event;
struct text;
struct timeline;

struct frames;

/* Lives in the arena; the timeline is borrowed. */
struct frames *frames_create(const struct timeline *, struct arena *);
/* Adds the packet's bytes and returns the length that it had on the wire, which may be more. */
uint32_t frame_add(const struct frames *, const struct event *segment, struct text *);
/* The segments are UDP datagrams. */
bool frames_datagrams(const struct frames *);
/* The latest EVENT_CONNECTION of that number, or NULL. */
const struct event *frames_connection(const struct frames *, int number);
