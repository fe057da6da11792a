#include "judge/findings.h"

#include <sys/wait.h>

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		const struct line *unmet = inquiry_unmet(inquiry, VERB_EXIT, at.actor);
		struct printed printed;
		struct story_bytes expected;
		if (at.end != END_CLIENT || unmet == NULL || unmet->step->exit_kind != EXIT_STATUS ||
		    unmet->step->number != 0 || !inquiry_exited(inquiry, at.actor) || !WIFEXITED(program->status) ||
		    at.mine->zero_reads == 0 || at.other->broken != STORY_NONE ||
		    inquiry_printed(inquiry, at.actor, &printed) ||
		    inquiry_difference(inquiry, at.connection, at.end, &expected) != SIZE_MAX)
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->zero_read, program->exited),
		            "everything had come back and the server had closed, and the program ended with status %d.",
		            WEXITSTATUS(program->status));
	}
}

const struct finding_row finding_failure_status_on_success = {
	.id = "failure-status-on-success",
	.title = "A success ends with a status of failure",
	.explanation =
		"A status other than 0 says that something went wrong. A shell script stops there, although all went "
		"well.",
	.source = "exit(3)",
	.mend =
		"Return EXIT_SUCCESS from main() when all of the input was sent, as much came back and the server has closed.",
	.detect = detect,
};
