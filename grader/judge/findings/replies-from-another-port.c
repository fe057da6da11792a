#include "judge/findings.h"

#include "timeline/timeline.h"

/* The socket that has the test's port. */
static const struct story_socket *served(const struct inquiry *inquiry, int actor)
{
	for (size_t i = inquiry->story->socket_count; i-- > 0;) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (socket->actor == actor && socket->datagrams && socket->bind != STORY_NONE && socket->bind_error == 0 &&
		    socket->address.port == inquiry->story->port)
			return socket;
	}
	return NULL;
}

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_RETURN || !event->call.datagrams || !call_writes(event->call.call) ||
		    event->call.result < 0 || !plan_student(inquiry->test, event->actor) ||
		    story_end_of(inquiry->story, event->actor) != END_SERVER)
			continue;
		const struct story_socket *listener = served(inquiry, event->actor);
		if (listener != NULL && listener->inode != event->call.socket)
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
