#include "judge/findings.h"

#include "timeline/timeline.h"

/* It tried to send something before it took the next one. */
static bool writes_behind(const struct inquiry *inquiry, int actor, uint32_t taken)
{
	for (size_t i = taken + 1; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if ((event->kind != EVENT_CALL && event->kind != EVENT_RETURN) || event->actor != actor)
			continue;
		if (call_writes(event->call.call) && event->call.socket != 0)
			return true;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.end != END_SERVER || wrong.connection == NULL ||
	    wrong.got != NULL || !inquiry->settled || !story_sees_reads(inquiry->story) ||
	    inquiry->story->actors[wrong.actor].exited != STORY_NONE)
		return;
	const struct story_datagram *last = taken_before(wrong.other, STORY_NONE);
	if (last != NULL && !writes_behind(inquiry, wrong.actor, last->taken))
		finding_add(inquiry, wrong.actor, EVENTS(last->taken), "%s took a datagram of %s, and nothing was sent back.",
		            inquiry_call(inquiry, last->taken), story_who(inquiry->story, wrong.line->other));
}

const struct finding_row finding_datagram_unanswered = {
	.id = "datagram-unanswered",
	.title = "A datagram is taken and not answered",
	.explanation =
		"The program read the datagram and then did nothing with it: because of who sent it, of what it holds, or because it came before. Over UDP nobody has to be known to be answered, and the same datagram may come again because an answer was lost.",
	.source = "RFC 768",
	.mend = "Follow the datagram through your loop: which condition leads past sendto()?",
	.detect_datagrams = detect,
};
