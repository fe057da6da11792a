#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"port-ignored", "connect-failure-ignored", "unreachable-ignored",
                                      "loss-not-repaired", NULL};

static void detect(struct inquiry *inquiry)
{
	uint16_t wanted = inquiry->story->port;
	for (size_t i = 0; i < inquiry->story->connect_count; i++) {
		const struct story_connect *tried = &inquiry->story->connects[i];
		if (tried->address.port != wanted && tried->address.port == (uint16_t)(wanted << 8 | wanted >> 8))
			finding_add(inquiry, tried->actor, EVENTS(tried->event),
			            "connect() went to port %u: that is %u with its two bytes swapped.", tried->address.port,
			            wanted);
	}
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		uint16_t port = inquiry->story->port;
		if (socket->bind == STORY_NONE || socket->bind_error != 0 || socket->address.port == port ||
		    socket->address.port != (uint16_t)(port << 8 | port >> 8))
			continue;
		finding_add(inquiry, socket->actor, EVENTS(socket->bind),
		            "bind() on descriptor %d took port %u: that is %u with its two bytes swapped.", socket->descriptor,
		            socket->address.port, port);
	}
}

static void detect_datagrams(struct inquiry *inquiry)
{
	uint16_t wanted = inquiry->story->port;
	detect(inquiry);
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_CALL && event->call.datagrams && call_writes(event->call.call) &&
		    plan_student(inquiry->test, event->actor) && event->call.address.port != wanted &&
		    event->call.address.port == (uint16_t)(wanted << 8 | wanted >> 8) &&
		    inquiry_unmet(inquiry, VERB_SEND, event->actor) != NULL)
			finding_add(inquiry, event->actor, EVENTS(event->number),
			            "%s went to port %u: that is %u with its two bytes swapped.",
			            inquiry_call(inquiry, event->number), event->call.address.port, wanted);
	}
}

const struct finding_row finding_port_byte_order = {
	.id = "port-byte-order",
	.title = "The port is not in network byte order",
	.explanation = "sin_port holds the port with its high byte first. On most machines an int has its low byte "
				   "first, so an unconverted port is another port: 8080 becomes 36895.",
	.source = "htons(3), ip(7)",
	.mend = "Write address.sin_port = htons(port).",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
	.follows = follows,
};
