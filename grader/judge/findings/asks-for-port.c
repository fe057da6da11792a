#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->settled && i < inquiry->story->blocked_count; i++) {
		const struct story_blocked *blocked = &inquiry->story->blocked[i];
		if (blocked->held || !call_reads(blocked->call) || blocked->descriptor != 0 || blocked->socket != 0 ||
		    blocked->actor < 0 || inquiry->test->test->actors[blocked->actor].side != SIDE_SERVER ||
		    inquiry_unmet(inquiry, VERB_LISTEN, blocked->actor) == NULL ||
		    story_listener(inquiry->story, blocked->actor) != NULL)
			continue;
		finding_add(inquiry, blocked->actor, EVENTS(blocked->event),
		            "the server does not listen: it waits in %s() for somebody at the keyboard.",
		            story_call_word(inquiry->story, blocked->actor, blocked->call));
	}
}

const struct finding_row finding_asks_for_port = {
	.id = "asks-for-port",
	.title = "The server asks at the keyboard before it listens",
	.explanation = "A server is started by scripts and service managers, where nobody answers questions. It gets "
				   "its port as an argument.",
	.source = "the assignment (the command line)",
	.mend = "Take the port from argv[1] instead of asking for it.",
	.detect = detect,
	.detect_datagrams = detect,
};
