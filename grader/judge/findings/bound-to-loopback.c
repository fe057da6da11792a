#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->step->verb != VERB_CONNECT || !line->step->outside || line->kind != LINE_ACTION ||
		    matcher_verdict(inquiry->matcher, i)->verdict != STEP_UNMET || line->other < 0)
			continue;
		const struct story_socket *listener = story_listener(inquiry->story, line->other);
		if (listener == NULL || listener->bind == STORY_NONE || listener->address.bytes[0] != 127)
			continue;
		char address[ADDRESS_LENGTH];
		finding_add(inquiry, line->other, EVENTS(listener->bind),
		            "the server is bound to %s; a client that connected to another address of the host was refused.",
		            address_text(&listener->address, address));
	}
}

/* Over UDP nobody is refused: the datagram finds nobody, and no reply comes. */
static void detect_datagrams(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	bool outside = false;
	for (uint32_t i = 0; i < inquiry->test->line_count; i++)
		outside = outside || inquiry->test->by_number[i]->step->outside;
	if (!outside || !inquiry_wrong_datagram(inquiry, &wrong) || wrong.end != END_SERVER || wrong.got != NULL)
		return;
	const struct story_socket *socket = story_listener(inquiry->story, wrong.actor);
	char address[ADDRESS_LENGTH];
	if (socket != NULL && socket->bind != STORY_NONE && socket->address.bytes[0] == 127)
		finding_add(inquiry, wrong.actor, EVENTS(socket->bind),
		            "the server is bound to %s; what was sent to another address of the host did not reach it.",
		            address_text(&socket->address, address));
}

const struct finding_row finding_bound_to_loopback = {
	.id = "bound-to-loopback",
	.title = "The server listens on 127.0.0.1 only",
	.explanation = "127.0.0.1 is reachable from the same host only. A server that others shall reach is bound to "
				   "INADDR_ANY (or to in6addr_any).",
	.source = "ip(7), INADDR_ANY and INADDR_LOOPBACK",
	.mend = "Write address.sin_addr.s_addr = htonl(INADDR_ANY).",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
};
