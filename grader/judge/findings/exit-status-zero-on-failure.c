#include "judge/findings.h"

#include <errno.h>

/* The newest thing that went wrong, and how it is called. */
static uint32_t failure(const struct inquiry *inquiry, int actor, const char **what)
{
	const struct story *story = inquiry->story;
	uint32_t failed = STORY_NONE;
	for (size_t i = 0; i < story->connect_count; i++) {
		const struct story_connect *tried = &story->connects[i];
		if (tried->actor == actor)
			failed = tried->error != 0 && tried->error != EINPROGRESS ? tried->event : STORY_NONE;
	}
	*what = "connect() failed";
	const struct story_socket *listener = story_listener(story, actor);
	if (failed == STORY_NONE && listener != NULL && listener->bind_error != 0) {
		failed = listener->bind;
		*what = "bind() failed";
	}
	for (struct student_end at = {0}; failed == STORY_NONE && inquiry_next(inquiry, &at);) {
		if (at.actor != actor || at.end != END_CLIENT)
			continue;
		bool refused = at.other->broken != STORY_NONE && !at.connection->established[END_CLIENT];
		failed = at.other->broken != STORY_NONE ? at.other->broken : at.other->ended;
		*what = refused                          ? "the connection was refused"
		        : at.other->broken != STORY_NONE ? "the server reset the connection"
		                                         : "the server closed the connection";
	}
	return failed;
}

/* Over UDP: what the client asked last was lost, and no answer came any more. */
static uint32_t lost(const struct inquiry *inquiry, int actor, const char **what)
{
	uint32_t last = STORY_NONE;
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line_verdict *verdict = matcher_verdict(inquiry->matcher, i);
		enum verb verb = inquiry->test->by_number[i]->step->verb;
		bool happened = (verb == VERB_DROP || verb == VERB_SEND) && verdict->verdict == STEP_MET;
		if (happened)
			last = verb == VERB_DROP && verdict->evidence.count > 0 ? verdict->evidence.events[0] : STORY_NONE;
	}
	*what = "no answer had come";
	return story_end_of(inquiry->story, actor) == END_CLIENT ? last : STORY_NONE;
}

static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (int actor = 0; actor < (int)test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		const struct line *unmet = program->student ? inquiry_unmet(inquiry, VERB_EXIT, actor) : NULL;
		const char *what;
		if (unmet == NULL || unmet->step->exit_kind != EXIT_NONZERO || !inquiry_exited(inquiry, actor) ||
		    program->status != 0)
			continue;
		uint32_t failed = failure(inquiry, actor, &what);
		if (failed == STORY_NONE && story_datagrams(inquiry->story))
			failed = lost(inquiry, actor, &what);
		if (failed != STORY_NONE)
			finding_add(inquiry, actor, EVENTS(failed, program->exited), "%s, and the program ended with status 0.",
			            what);
	}
}

const struct finding_row finding_exit_status_zero_on_failure = {
	.id = "exit-status-zero-on-failure",
	.title = "A failure ends with exit status 0",
	.explanation = "Status 0 says that all went well. A shell script, a service manager or a grader cannot see "
				   "that the program could not do its work.",
	.source = "exit(3)",
	.mend =
		"After a failed bind() or connect(), or a connection that ended too early: print the reason and return EXIT_FAILURE.",
	.detect = detect,
	.detect_datagrams = detect,
};
