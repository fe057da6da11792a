#include "judge/findings.h"

static const char *const follows[] = {"closed-unread-data", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_actor *program = &inquiry->story->actors[at.actor];
		if (at.end != END_CLIENT || !inquiry->failed || at.mine->ended == STORY_NONE ||
		    at.other->broken != STORY_NONE || (at.other->ended != STORY_NONE && at.other->ended < at.mine->ended) ||
		    program->killed != STORY_NONE || inquiry_may_close(inquiry, &at))
			continue;
		if (at.mine->shut != STORY_NONE && at.mine->shut_how != STORY_SHUT_WR) {
			finding_add(
				inquiry, at.actor, EVENTS(at.mine->shut),
				"shutdown(SHUT_RDWR) ended the receiving direction, too, before the server had ended the reply.");
			continue;
		}
		if (at.mine->zero_reads > 0)
			continue;
		bool gone = program->exited != STORY_NONE || (at.mine->confirmed != STORY_NONE && !at.mine->held);
		if (!gone || (at.mine->shut != STORY_NONE && at.other->ended < program->exited))
			continue;
		bool called = at.mine->close_began != STORY_NONE && !(program->exited < at.mine->close_began);
		finding_add(inquiry, at.actor, EVENTS(called ? at.mine->close_began : at.mine->ended),
		            "the client closed its connection before the server had ended the reply.");
	}
}

const struct finding_row finding_client_closes_too_early = {
	.id = "client-closes-too-early",
	.title = "The client closes while the server still has to answer",
	.explanation = "close() ends both directions: what arrives afterwards is answered with RST. "
				   "shutdown(SHUT_WR) ends only the sending direction, and the reply can still be read.",
	.source = "shutdown(2); RFC 9293 §3.6",
	.mend = "At the end of the input call shutdown(descriptor, SHUT_WR), read until read() returns 0, "
			"then close().",
	.detect = detect,
	.follows = follows,
};
