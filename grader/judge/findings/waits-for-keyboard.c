#include "judge/findings.h"

static const char *const follows[] = {"client-ignores-eof", "connection-abandoned", "never-closed",
                                      "client-never-half-closes", NULL};

/* Over UDP nobody has to close: nothing was sent at all. */
static void detect_datagrams(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.end != END_CLIENT || wrong.got != NULL || !inquiry->settled)
		return;
	for (size_t i = 0; i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->actor == wrong.actor && !blocked->held && call_reads(blocked->call) && blocked->descriptor == 0 &&
		    blocked->socket == 0)
			finding_add(inquiry, blocked->actor, EVENTS(blocked->event),
			            "nothing is sent: the client waits in %s() for the keyboard.",
			            story_call_word(inquiry->story, blocked->actor, blocked->call));
	}
}

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && inquiry->settled && i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->held || !call_reads(blocked->call) || blocked->descriptor != 0 || blocked->socket != 0)
			continue;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			if (at.end == END_CLIENT && at.actor == blocked->actor && at.other->ended != STORY_NONE &&
			    (at.mine->ended == STORY_NONE || inquiry_unmet(inquiry, VERB_EXIT, at.actor) != NULL) &&
			    at.mine->broken == STORY_NONE && at.connection->established[END_CLIENT])
				finding_add(inquiry, at.actor, EVENTS(at.other->ended, blocked->event),
				            "the server has closed, and the client waits for the keyboard.");
		}
	}
}

const struct finding_row finding_waits_for_keyboard = {
	.id = "waits-for-keyboard",
	.title = "The client waits for the keyboard",
	.explanation = "A program that stands in read() on its standard input learns nothing of its socket. When the "
				   "server closes, somebody has to press a key first.",
	.source = "poll(2), select(2)",
	.mend = "Wait for the standard input and the socket at once with poll() or select(), and end when the socket's "
			"stream has ended.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
	.follows = follows,
};
