#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

/* The program's last act on a UDP socket before it ended. */
static const struct event *last_act(const struct inquiry *inquiry, int actor)
{
	for (size_t i = inquiry->story->actors[actor].exited; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_RETURN && event->actor == actor && event->call.datagrams &&
		    (call_reads(event->call.call) || call_writes(event->call.call)))
			return event;
	}
	return NULL;
}

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		if (!program->student || story_end_of(inquiry->story, actor) != END_SERVER || !inquiry_exited(inquiry, actor) ||
		    inquiry_may_exit(inquiry, actor) || program->status != (program->status & 0xff00))
			continue;
		const struct event *act = last_act(inquiry, actor);
		/* A time-out is no datagram: gives-up-on-silence. */
		if (act != NULL && (call_reads(act->call.call) || act->call.result < 0) && act->call.result != -EAGAIN)
			finding_add(inquiry, actor, EVENTS(act->number, program->exited),
			            act->call.result < 0 ? "%s failed, and the program ended with status %d."
			                                 : "%s took a datagram, and the program ended with status %d.",
			            inquiry_call(inquiry, act->number), program->status >> 8);
	}
}

const struct finding_row finding_exits_on_datagram = {
	.id = "exits-on-datagram",
	.title = "A datagram ends the program",
	.explanation =
		"Anybody can send any datagram to an open port, and a reply may fail because its client is gone. None of that is a reason for a server to stop.",
	.source = "RFC 1122 §4.1.3, udp(7)",
	.mend = "Handle the error of one datagram where it happens, and go on with the next recvfrom().",
	.detect_datagrams = detect,
};
