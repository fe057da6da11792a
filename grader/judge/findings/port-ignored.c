#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static void detect(struct inquiry *inquiry)
{
	uint16_t wanted = inquiry->story->port;
	for (size_t i = 0; i < inquiry->story->connect_count; i++) {
		const struct story_connect *tried = &inquiry->story->connects[i];
		if (tried->address.family != 0 && tried->address.port != wanted && tried->error == ECONNREFUSED &&
		    tried->address.port != (uint16_t)(wanted << 8 | wanted >> 8) &&
		    inquiry_unmet(inquiry, VERB_CONNECT, tried->actor) != NULL)
			finding_add(inquiry, tried->actor, EVENTS(tried->event),
			            "the program was started with port %u and connected to port %u.", wanted, tried->address.port);
	}
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		uint16_t port = inquiry->story->port, bound = socket->address.port;
		if (socket->bind == STORY_NONE || socket->bind_error != 0 || socket->listen == STORY_NONE ||
		    socket->listen_error != 0 || bound == port || bound == (uint16_t)(port << 8 | port >> 8) ||
		    inquiry_unmet(inquiry, VERB_LISTEN, socket->actor) == NULL)
			continue;
		if (bound == 0)
			finding_add(inquiry, socket->actor, EVENTS(socket->bind, socket->listen),
			            "the program was started with port %u and bound descriptor %d to port 0: the kernel chose one.",
			            port, socket->descriptor);
		else
			finding_add(inquiry, socket->actor, EVENTS(socket->bind, socket->listen),
			            "the program was started with port %u and listens on port %u.", port, bound);
	}
}

/* Over UDP: bound, or written to. */
static void detect_datagrams(struct inquiry *inquiry)
{
	uint16_t port = inquiry->story->port, swapped = (uint16_t)(port << 8 | port >> 8);
	for (size_t i = 0; i < inquiry->story->socket_count; i++) {
		const struct story_socket *socket = &inquiry->story->sockets[i];
		if (socket->datagrams && socket->bind != STORY_NONE && socket->bind_error == 0 &&
		    socket->address.port != port && socket->address.port != swapped &&
		    inquiry_unmet(inquiry, VERB_LISTEN, socket->actor) != NULL)
			finding_add(inquiry, socket->actor, EVENTS(socket->bind),
			            "the program was started with port %u and bound descriptor %d to port %u.", port,
			            socket->descriptor, socket->address.port);
	}
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_CALL && event->call.datagrams && event->call.address.family != 0 &&
		    (call_writes(event->call.call) || event->call.call == CALL_CONNECT) && event->call.address.port != port &&
		    event->call.address.port != swapped && plan_student(inquiry->test, event->actor) &&
		    story_end_of(inquiry->story, event->actor) == END_CLIENT &&
		    inquiry_unmet(inquiry, VERB_SEND, event->actor) != NULL)
			finding_add(inquiry, event->actor, EVENTS(event->number),
			            "the program was started with port %u, and %s goes to port %u.", port,
			            inquiry_call(inquiry, event->number), event->call.address.port);
	}
}

const struct finding_row finding_port_ignored = {
	.id = "port-ignored",
	.title = "The port from the command line is not used",
	.explanation = "The program was started with a port as its argument, and listens on another one or connects to it.",
	.source = "ip(7)",
	.mend = "Take the port from argv, convert it with strtol() or getaddrinfo(), and give that to bind() or "
			"connect().",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
};
