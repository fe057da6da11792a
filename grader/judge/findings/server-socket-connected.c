#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"one-datagram-server", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_RETURN || event->call.call != CALL_CONNECT || !event->call.datagrams ||
		    event->call.result != 0 || !plan_student(inquiry->test, event->actor) ||
		    story_end_of(inquiry->story, event->actor) != END_SERVER)
			continue;
		const struct story_socket *listener = story_listener(inquiry->story, event->actor);
		char address[ADDRESS_LENGTH];
		if (listener != NULL && listener->inode == event->call.socket)
			finding_add(inquiry, event->actor, EVENTS(event->number), "the server connected its socket to %s.",
			            address_text(&event->call.address, address));
	}
}

const struct finding_row finding_server_socket_connected = {
	.id = "server-socket-connected",
	.title = "The server connects its socket to a client",
	.explanation =
		"connect() on a UDP socket sends nothing, but from then on the kernel hands it datagrams of that one address only. Everybody else is told that the port is unreachable.",
	.source = "connect(2), udp(7)",
	.mend = "Leave connect() out, and answer with sendto() to the address that recvfrom() gave you.",
	.detect_datagrams = detect,
	.follows = follows,
};
