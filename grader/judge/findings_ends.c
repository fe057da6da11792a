/* What the detectors ask about the end of a program. */
#include "judge/findings.h"

bool inquiry_exited(const struct inquiry *inquiry, int actor)
{
	const struct story_actor *program = &inquiry->story->actors[actor];
	return program->exited != STORY_NONE && program->killed == STORY_NONE;
}

bool inquiry_may_exit(const struct inquiry *inquiry, int actor)
{
	if (inquiry->story->actors[actor].killed != STORY_NONE)
		return true;
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->actor == actor && line->step->verb == VERB_EXIT)
			return true;
	}
	return false;
}

bool inquiry_exit_met(const struct inquiry *inquiry, int actor)
{
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->actor == actor && line->step->verb == VERB_EXIT &&
		    matcher_verdict(inquiry->matcher, i)->verdict == STEP_MET)
			return true;
	}
	return false;
}
