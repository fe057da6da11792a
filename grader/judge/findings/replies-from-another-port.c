#include "judge/findings.h"

#include "timeline/timeline.h"

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_RETURN || !event->call.datagrams || !call_writes(event->call.call) ||
		    event->call.result < 0 || !plan_student(inquiry->test, event->actor) ||
		    story_end_of(inquiry->story, event->actor) != END_SERVER)
			continue;
		const struct story_socket *listener = story_listener(inquiry->story, event->actor);
		if (listener != NULL && listener->datagrams && listener->inode != event->call.socket)
			finding_add(inquiry, event->actor, EVENTS(event->number),
			            "%s sent a reply; the port that the client wrote to belongs to descriptor %d.",
			            inquiry_call(inquiry, event->number), listener->descriptor);
	}
}

const struct finding_row finding_replies_from_another_port = {
	.id = "replies-from-another-port",
	.title = "The reply comes from another port",
	.explanation =
		"A client waits for an answer from the address and port that it sent to. A reply sent through another socket carries another source port; a connected client never sees it.",
	.source = "udp(7), RFC 768",
	.mend = "Send the reply through the socket that received the datagram.",
	.detect_datagrams = detect,
};
