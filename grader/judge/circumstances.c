#include "judge/circumstances.h"

#include "base/arena.h"
#include "base/text.h"
#include "model/setback.h"

enum { SETBACKS_TOLD = 3 };

static bool told_before(const struct story *story, size_t index)
{
	const struct event *event = &story->setbacks[index].told;
	for (size_t i = 0; i < index; i++) {
		const struct event *before = &story->setbacks[i].told;
		if (before->setback.call == event->setback.call && before->setback.error == event->setback.error &&
		    before->setback.count == event->setback.count)
			return true;
	}
	return false;
}

const char *circumstances_text(const struct story *story, struct arena *arena)
{
	TEXT_AUTO text = {0};
	if (story->varied != NULL)
		return *story->varied != '\0' ? arena_printf(arena, "fails when %s", story->varied) : NULL;
	size_t told = 0;
	for (size_t i = 0; i < story->setback_count && told <= SETBACKS_TOLD; i++) {
		if (told_before(story, i))
			continue;
		text_puts(&text, told == 0 ? "" : told < SETBACKS_TOLD ? "; " : "; and so on");
		if (told++ < SETBACKS_TOLD)
			setback_event_text(&text, &story->setbacks[i].told);
	}
	return text.length > 0 ? arena_string(arena, text_string(&text)) : NULL;
}

bool circumstances_failed(const struct story *story, int actor)
{
	for (size_t i = 0; i < story->setback_count; i++) {
		const struct event *told = &story->setbacks[i].told;
		if (told->actor == actor && told->setback.kind == SETBACK_FAILS)
			return true;
	}
	return false;
}

uint32_t circumstances_of(const struct story *story, uint32_t returned)
{
	for (size_t i = 0; i < story->setback_count; i++) {
		if (story->setbacks[i].returned == returned)
			return story->setbacks[i].event;
	}
	return STORY_NONE;
}
