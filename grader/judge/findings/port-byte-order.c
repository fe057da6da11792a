#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
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

const struct finding_row finding_port_byte_order = {
	.id = "port-byte-order",
	.title = "The port is not in network byte order",
	.explanation = "sin_port holds the port with its high byte first. On most machines an int has its low byte "
	               "first, so an unconverted port is another port: 8080 becomes 36895.",
	.source = "htons(3), ip(7)",
	.mend = "Write address.sin_port = htons(port).",
	.detect = detect,
};
