#include "judge/findings.h"

static const char *const follows[] = {"connection-abandoned", "never-closed", "descriptor-leak",
                                      "connection-not-watched", NULL};

/* It was served, has sent more, nothing is owed to it, and nobody reads. */
static bool forgotten(const struct student_end *at)
{
	return at->end == END_SERVER && at->mine->reads.count > 0 && at->mine->confirmed != STORY_NONE && at->mine->held &&
	       at->mine->receive_queue > 0 && at->mine->send_queue == 0 && at->mine->broken == STORY_NONE &&
	       at->other->broken == STORY_NONE;
}

static void detect(struct inquiry *inquiry)
{
	if (!inquiry->failed || !inquiry->settled || !story_sees_reads(inquiry->story))
		return;
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		const struct story_blocked *where = forgotten(&at) ? inquiry_polls(inquiry, at.actor) : NULL;
		if (where == NULL)
			continue;
		for (struct student_end left = {0}; inquiry_next(inquiry, &left);) {
			if (left.actor == at.actor && left.connection != at.connection && left.mine->closed != STORY_NONE &&
			    left.mine->closed > at.mine->last_read)
				finding_add(
					inquiry, at.actor, EVENTS(at.mine->last_read, left.mine->closed, where->event),
					"since another client has left, %s() no longer watches descriptor %d: what its client sent is "
					"never read.",
					story_call_word(inquiry->story, at.actor, where->call), at.mine->descriptor);
		}
	}
}

const struct finding_row finding_wrong_client_dropped = {
	.id = "wrong-client-dropped",
	.title = "When one client leaves, another one is forgotten",
	.explanation = "The list of clients lost the wrong entry: the one that left is closed, and another one, still "
				   "connected, is not among those that the loop watches.",
	.source = "poll(2), select(2)",
	.mend = "Move the last entry into the place of the one that left, then shorten the list by one, and look at "
			"that place again.",
	.detect = detect,
	.follows = follows,
};
