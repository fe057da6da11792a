#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"client-ignores-eof", NULL};

static void detect(struct inquiry *inquiry)
{
	uint32_t input_ended = STORY_NONE;
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_STEP && event->step.done && event->step.line < inquiry->test->line_count &&
		    inquiry->test->by_number[event->step.line]->step->end_of_stream)
			input_ended = event->number;
	}
	struct story_bytes expected;
	for (struct student_end at = {0}; input_ended != STORY_NONE && inquiry_next(inquiry, &at);) {
		if (at.end != END_CLIENT || !inquiry->failed || !inquiry->settled || at.mine->ended != STORY_NONE ||
		    at.mine->shut != STORY_NONE || at.mine->broken != STORY_NONE || at.other->ended != STORY_NONE ||
		    inquiry->story->actors[at.actor].exited != STORY_NONE || inquiry->story->actors[at.actor].holds ||
		    (inquiry_expected(inquiry, at.connection, at.end, &expected) && at.mine->stream.length < expected.length))
			continue;
		finding_add(inquiry, at.actor, EVENTS(input_ended),
		            "the input ended, but the client sent no FIN: it neither called shutdown() nor closed.");
	}
}

const struct finding_row finding_client_never_half_closes = {
	.id = "client-never-half-closes",
	.title = "The client never says that it has sent all",
	.explanation = "The server learns that the client has finished when read() returns 0, and that needs the FIN "
				   "of shutdown(SHUT_WR) or close(). Without it both wait for each other.",
	.source = "shutdown(2); RFC 9293 §3.6",
	.mend = "When the input has ended, call shutdown(descriptor, SHUT_WR) and go on reading.",
	.detect = detect,
	.follows = follows,
};
