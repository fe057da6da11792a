#include "timeline/timeline.h"

#include "base/arena.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>

struct timeline *timeline_create(void)
{
	struct timeline *timeline = calloc(1, sizeof(*timeline));
	if (timeline == NULL)
		abort();
	timeline->arena = arena_create();
	return timeline;
}

void timeline_destroy(struct timeline *timeline)
{
	if (timeline == NULL)
		return;
	arena_destroy(timeline->arena);
	free(timeline->events);
	free(timeline);
}

/* The kinds without which a timeline cannot be judged. */
static bool kind_needed(enum event_kind kind)
{
	return kind == EVENT_LIMIT || kind == EVENT_QUIET || kind == EVENT_EXIT || kind == EVENT_STEP || kind == EVENT_END;
}

static bool timeline_full(const struct timeline *timeline, const struct event *event)
{
	if (event->kind == EVENT_END || event->kind == EVENT_LIMIT)
		return timeline->count >= 2 * TIMELINE_EVENTS + 16;
	if (timeline->count >= (kind_needed(event->kind) ? 2 * TIMELINE_EVENTS : TIMELINE_EVENTS))
		return true;
	return event->data_length > TIMELINE_DATA - timeline->data_bytes;
}

static void timeline_grow(struct timeline *timeline)
{
	size_t capacity = timeline->capacity < 64 ? 64 : timeline->capacity * 2;
	struct event *events = realloc(timeline->events, capacity * sizeof(*events));
	if (events == NULL)
		abort();
	timeline->events = events;
	timeline->capacity = capacity;
}

const struct event *timeline_append(struct timeline *timeline, const struct event *event)
{
	if (timeline_full(timeline, event)) {
		timeline->truncated = true;
		return NULL;
	}
	if (timeline->count == timeline->capacity)
		timeline_grow(timeline);
	struct event *copy = &timeline->events[timeline->count];
	*copy = *event;
	copy->number = (uint32_t)timeline->count++;
	copy->data = NULL;
	if (event->data_length > 0) {
		copy->data = (const uint8_t *)arena_copy(timeline->arena, event->data, event->data_length);
		timeline->data_bytes += event->data_length;
	}
	return copy;
}

bool timeline_source(const struct timeline *timeline, const struct event *event, struct text *out)
{
	/* They stand at the end, in front of EVENT_END. */
	for (size_t i = timeline->count; event->site != 0 && i-- > 0;) {
		const struct event *source = &timeline->events[i];
		if (source->kind == EVENT_END)
			continue;
		if (source->kind != EVENT_SOURCE)
			break;
		if (source->site != event->site || source->source.line == 0)
			continue;
		text_escaped(out, source->data, source->data_length, source->data_length, false);
		text_printf(out, ":%" PRIu32, source->source.line);
		return true;
	}
	return false;
}
