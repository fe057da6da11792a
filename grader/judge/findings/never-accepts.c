#include "judge/findings.h"

#include "base/text.h"

static const char *const follows[] = {"connection-abandoned", "never-closed", NULL};

/* Who has accepted somebody knows accept(): that another one waits has another cause. */
static bool has_accepted(const struct inquiry *inquiry, int actor)
{
	for (struct student_end each = {0}; inquiry_next(inquiry, &each);)
		if (each.actor == actor && each.mine->made != STORY_NONE)
			return true;
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		if (at.end != END_SERVER || !inquiry->failed || !inquiry->settled || at.mine->made != STORY_NONE ||
		    !at.connection->established[END_CLIENT] || inquiry->story->actors[at.actor].exited != STORY_NONE ||
		    inquiry->story->actors[at.actor].holds || !story_sees_calls(inquiry->story) ||
		    at.other->broken != STORY_NONE || has_accepted(inquiry, at.actor) ||
		    story_accepts(inquiry->story, at.actor))
			continue;
		for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
			const struct story_blocked *blocked = &inquiry->story->blocked[i];
			if (blocked->actor != at.actor || blocked->held)
				continue;
			TEXT_AUTO where = {0};
			story_blocked_text(inquiry->story, blocked, &where);
			finding_add(inquiry, at.actor, EVENTS(at.connection->created, blocked->event),
			            "a client is connected, and the program %s instead of calling accept().", text_string(&where));
		}
	}
}

const struct finding_row finding_never_accepts = {
	.id = "never-accepts",
	.title = "Connections are not fetched with accept()",
	.explanation = "The kernel finishes the handshake by itself and queues the connection. Without accept() the "
				   "program never learns of it.",
	.source = "accept(2), listen(2)",
	.mend = "Call accept() whenever the listening socket is readable.",
	.detect = detect,
	.follows = follows,
};
