#include "judge/findings.h"

#include <string.h>

/* That client had sent the same bytes: the reply is its own. */
static bool asked(const struct story_connection *connection, const struct story_datagram *reply)
{
	for (size_t i = 0; i < connection->end[END_CLIENT].datagram_count; i++) {
		if (datagrams_alike(&connection->end[END_CLIENT].datagrams[i], reply))
			return true;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.end != END_SERVER || wrong.expected->kind != DATA_BYTES)
		return;
	size_t questions = wrong.connection != NULL ? wrong.other->datagram_count : 0;
	uint32_t question = questions > 0 ? wrong.other->datagrams[questions - 1].event : 0;
	for (size_t i = 0; i < inquiry->story->connection_count; i++) {
		const struct story_connection *other = inquiry->story->connections[i];
		if (other == NULL || other == wrong.connection)
			continue;
		for (size_t j = 0; j < other->end[END_SERVER].datagram_count; j++) {
			const struct story_datagram *sent = &other->end[END_SERVER].datagrams[j];
			if (sent->event < question || sent->length == 0 || sent->length != wrong.expected->length ||
			    sent->known < sent->length || memcmp(sent->bytes, wrong.expected->bytes, sent->length) != 0 ||
			    asked(other, sent))
				continue;
			int to = other->end[END_CLIENT].actor;
			char address[ADDRESS_LENGTH];
			if (to == ACTOR_NONE) {
				finding_add(inquiry, wrong.actor, EVENTS(sent->sent != STORY_NONE ? sent->sent : sent->event),
				            "the reply that %s waits for went to %s, where nobody had asked.",
				            story_who(inquiry->story, wrong.line->other),
				            address_text(&other->address[END_CLIENT], address));
				continue;
			}
			finding_add(inquiry, wrong.actor, EVENTS(sent->sent != STORY_NONE ? sent->sent : sent->event),
			            "the reply that %s waits for went to %s.", story_who(inquiry->story, wrong.line->other),
			            story_who(inquiry->story, to));
		}
	}
}

const struct finding_row finding_reply_to_wrong_client = {
	.id = "reply-to-wrong-client",
	.title = "A reply goes to another client",
	.explanation =
		"One UDP socket serves everybody, so each datagram has to be answered to its own sender. An address that is remembered from an earlier datagram, or overwritten by a later one, sends the reply to somebody else.",
	.source = "recvfrom(2)",
	.mend = "Keep each datagram together with the address that recvfrom() gave for it.",
	.detect_datagrams = detect,
};
