#include "judge/findings.h"

#include <errno.h>

static void detect(struct inquiry *inquiry)
{
	const struct test *test = inquiry->test->test;
	for (int actor = 0; actor < (int)test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		if (!program->student || !inquiry_exited(inquiry, actor) || program->status != 0 ||
		    inquiry_unmet(inquiry, VERB_EXIT, actor) == NULL)
			continue;
		uint32_t failed = STORY_NONE;
		const char *what = "connect()";
		for (size_t i = 0; i < inquiry->story->connect_count; i++) {
			const struct story_connect *tried = &inquiry->story->connects[i];
			if (tried->actor == actor)
				failed = tried->error != 0 && tried->error != EINPROGRESS ? tried->event : STORY_NONE;
		}
		const struct story_socket *listener = story_listener(inquiry->story, actor);
		if (failed == STORY_NONE && listener != NULL && listener->bind_error != 0) {
			failed = listener->bind;
			what = "bind()";
		}
		if (failed != STORY_NONE)
			finding_add(inquiry, actor, EVENTS(failed, program->exited), "%s failed, and the program ended with status 0.", what);
	}
}

const struct finding_row finding_exit_status_zero_on_failure = {
	.id = "exit-status-zero-on-failure",
	.title = "A failure ends with exit status 0",
	.explanation = "Status 0 says that all went well. A shell script, a service manager or a grader cannot see "
	               "that the program could not do its work.",
	.source = "exit(3)",
	.mend = "After a failed bind() or connect(): print the reason and return EXIT_FAILURE.",
	.detect = detect,
};
