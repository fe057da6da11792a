#include "judge/findings.h"

enum { SOCKETS_MANY = 4 };

/* A `descriptors` line about the actor is unmet. */
static bool too_many(const struct inquiry *inquiry, int actor)
{
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct step *step = inquiry->test->by_number[i]->step;
		if (step->verb != VERB_DESCRIPTORS || matcher_verdict(inquiry->matcher, i)->verdict != STEP_UNMET)
			continue;
		for (size_t j = 0; j < step->count_count; j++) {
			int named = step->counts[j].actor;
			if (named == actor ||
			    named == (inquiry->test->test->actors[actor].side == SIDE_SERVER ? ACTOR_SERVERS : ACTOR_CLIENTS))
				return true;
		}
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (int actor = 0; actor < (int)test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		if (!program->student || !inquiry->settled || program->exited != STORY_NONE)
			continue;
		unsigned left = 0, connections = 0;
		uint32_t one = STORY_NONE, made = STORY_NONE;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			connections += at.actor == actor;
			if (at.actor == actor && at.other->ended != STORY_NONE && at.mine->confirmed != STORY_NONE &&
			    at.mine->held && at.mine->confirmed > at.other->ended) {
				left++;
				one = at.mine->confirmed;
				made = at.mine->made != STORY_NONE ? at.mine->made : one;
			}
		}
		int64_t open = program->counts[COUNT_DESCRIPTORS], sockets = program->counts[COUNT_SOCKETS];
		if (left >= 3)
			finding_add(inquiry, actor, EVENTS(made, one),
			            "%u connections are over, and their descriptors are still open.", left);
		else if (too_many(inquiry, actor) && connections >= 3 && open - sockets >= connections)
			finding_add(inquiry, actor, EVENTS(program->count_events[COUNT_DESCRIPTORS]),
			            "%lld descriptors that are no sockets are open after %u connections: is something opened for "
			            "each client and never closed?",
			            (long long)(open - sockets), connections);
	}
}

/* Over UDP one socket serves everybody. */
static void detect_datagrams(struct inquiry *inquiry)
{
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->step->verb != VERB_SOCKETS || matcher_verdict(inquiry->matcher, i)->verdict != STEP_UNMET)
			continue;
		for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
			const struct story_actor *program = &inquiry->story->actors[actor];
			int64_t open = program->counts[COUNT_SOCKETS];
			if (program->student && program->exited == STORY_NONE && open > SOCKETS_MANY &&
			    story_end_of(inquiry->story, actor) == END_SERVER)
				finding_add(inquiry, actor, EVENTS(program->count_events[COUNT_SOCKETS]),
				            "%lld sockets are open: one is made for each client or datagram, and never closed.",
				            (long long)open);
		}
	}
}

const struct finding_row finding_descriptor_leak = {
	.id = "descriptor-leak",
	.title = "Descriptors are left open",
	.explanation = "Each connection takes a descriptor, and a process has only so many (1024 by default). One "
				   "that is never given back is one client fewer that can be served.",
	.source = "close(2), getrlimit(2) (RLIMIT_NOFILE)",
	.mend = "close() every descriptor that accept() returned, on every path out of the code that serves a "
			"client.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
};
