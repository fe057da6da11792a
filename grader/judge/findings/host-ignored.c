#include "judge/findings.h"

/* Over UDP nothing has to be connected: whoever is sent something was turned to. */
static void detect_datagrams(struct inquiry *inquiry)
{
	const struct line *line = NULL;
	for (uint32_t i = 0; line == NULL && i < inquiry->test->line_count; i++) {
		const struct line *at = inquiry->test->by_number[i];
		if (at->step->verb == VERB_CONNECT && at->step->outside && at->kind == LINE_EXPECTATION &&
		    matcher_verdict(inquiry->matcher, i)->verdict == STEP_UNMET)
			line = at;
	}
	for (struct student_end at = {0}; line != NULL && inquiry_next(inquiry, &at);) {
		const struct address *to = &at.connection->address[END_SERVER];
		char address[ADDRESS_LENGTH];
		if (at.actor == line->actor && at.end == END_CLIENT && to->bytes[0] == 127 && at.mine->datagram_count > 0)
			finding_add(inquiry, at.actor, EVENTS(at.mine->datagrams[0].event),
			            "the client was given the address of another host, and sends to %s.",
			            address_text(to, address));
	}
}

static void detect(struct inquiry *inquiry)
{
	const struct story *story = inquiry->story;
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		const struct line *line = inquiry->test->by_number[i];
		if (line->step->verb != VERB_CONNECT || !line->step->outside || line->kind != LINE_EXPECTATION ||
		    line->actor < 0 || !plan_student(inquiry->test, line->actor) ||
		    matcher_verdict(inquiry->matcher, i)->verdict != STEP_UNMET)
			continue;
		for (size_t j = 0; j < story->connect_count; j++) {
			const struct story_connect *tried = &story->connects[j];
			char address[ADDRESS_LENGTH];
			if (tried->actor == line->actor && tried->address.port == story->port && address_loops(&tried->address))
				finding_add(inquiry, line->actor, EVENTS(tried->event),
				            "the client was given the address of another host, and connected to %s.",
				            address_text(&tried->address, address));
		}
	}
}

const struct finding_row finding_host_ignored = {
	.id = "host-ignored",
	.title = "The host of the command line is not used",
	.explanation = "The client connects to 127.0.0.1, whatever host it is given. On one's own machine that goes "
				   "unnoticed; with a server elsewhere nothing works.",
	.source = "getaddrinfo(3), connect(2)",
	.mend = "Pass the host argument to getaddrinfo() and connect() to the address it gives.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
};
