#include "judge/findings.h"

static const char *const follows[] = {"closed-unread-data", NULL};

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.end != END_CLIENT || !inquiry->failed || at.mine->ended == STORY_NONE || at.mine->shut != STORY_NONE ||
		    at.mine->zero_reads > 0 || at.other->broken != STORY_NONE ||
		    (at.other->ended != STORY_NONE && at.other->ended < at.mine->ended) ||
		    inquiry->story->actors[at.actor].killed != STORY_NONE)
			continue;
		finding_add(inquiry, at.actor, EVENTS(at.mine->ended),
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
