#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

/* The last read was ended by SO_RCVTIMEO. */
static bool timed_out(const struct inquiry *inquiry, int actor)
{
	for (size_t i = inquiry->story->actors[actor].exited; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_RETURN && event->actor == actor && event->call.datagrams &&
		    (call_reads(event->call.call) || call_writes(event->call.call)))
			return call_reads(event->call.call) && event->call.result == -EAGAIN;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.end != END_CLIENT || wrong.line->number == 0 ||
	    inquiry->test->by_number[wrong.line->number - 1]->step->verb != VERB_DROP)
		return;
	const struct story_actor *program = &inquiry->story->actors[wrong.actor];
	if (wrong.got != NULL)
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)),
		            "a datagram was lost, and another one was sent in place of the same once more.");
	else if (inquiry_exited(inquiry, wrong.actor))
		finding_add(inquiry, wrong.actor, EVENTS(program->exited),
		            timed_out(inquiry, wrong.actor)
		                ? "a datagram was lost, and the time-out (EAGAIN) ended the program."
		                : "a datagram was lost, and the program ended.");
}

const struct finding_row finding_loss_not_repaired = {
	.id = "loss-not-repaired",
	.title = "What was lost is not sent again",
	.explanation =
		"UDP does not repair a loss: that is left to the program. When no answer comes in time, the same datagram has to be sent again.",
	.source = "RFC 768, RFC 1122 §4.1.1",
	.mend = "When the time-out passes without an answer, send the same datagram once more; give up after a few tries.",
	.detect_datagrams = detect,
};
