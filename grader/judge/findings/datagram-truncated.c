#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"datagram-nul-truncation", "datagram-split", NULL};

/* What the program did on the socket next: it read again. */
static bool reads_on(const struct inquiry *inquiry, const struct story_datagram *datagram, int actor)
{
	for (size_t i = datagram->taken + 1; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_CALL && event->actor == actor && event->call.datagrams)
			return call_reads(event->call.call);
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.connection == NULL)
		return;
	for (size_t i = 0; i < wrong.other->datagram_count; i++) {
		const struct story_datagram *datagram = &wrong.other->datagrams[i];
		if (datagram->taken == STORY_NONE || datagram->got < 0 || (size_t)datagram->got >= datagram->length ||
		    (wrong.got != NULL && datagram->taken > wrong_event(&wrong)) || reads_on(inquiry, datagram, wrong.actor))
			continue;
		finding_add(inquiry, wrong.actor, EVENTS(datagram->taken),
		            "%s took %s of %s bytes: the rest of the datagram is thrown away.",
		            inquiry_call(inquiry, datagram->taken), inquiry_number(inquiry, (uint64_t)datagram->got),
		            inquiry_number(inquiry, datagram->length));
	}
}

const struct finding_row finding_datagram_truncated = {
	.id = "datagram-truncated",
	.title = "The buffer is too small for the datagram",
	.explanation =
		"One recvfrom() takes one datagram, whole. What the buffer has no room for is thrown away, and nothing tells so unless MSG_TRUNC is looked at.",
	.source = "recv(2), MSG_TRUNC",
	.mend = "Give recvfrom() room for the largest datagram that may come: 65,507 bytes.",
	.detect_datagrams = detect,
	.follows = follows,
};
