#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"datagram-newline", "datagram-nul-truncation", NULL};

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.got == NULL || wrong.expected->kind != DATA_BYTES ||
	    wrong_prefix(&wrong) != wrong.got->length || wrong.got->length == 0)
		return;
	size_t offset = wrong.got->length;
	if (wrong.index + 1 >= wrong.mine->datagram_count || offset >= wrong.expected->length)
		return;
	const struct story_datagram *next = &wrong.mine->datagrams[wrong.index + 1];
	if (next->known > 0 && next->known <= wrong.expected->length - offset &&
	    memcmp(next->bytes, wrong.expected->bytes + offset, next->known) == 0)
		finding_add(
			inquiry, wrong.actor, EVENTS(wrong_event(&wrong), next->sent != STORY_NONE ? next->sent : next->event),
			"the message of %s went out in datagrams of %llu, %llu, …", inquiry_bytes(inquiry, wrong.expected->length),
			(unsigned long long)wrong.got->length, (unsigned long long)next->length);
}

const struct finding_row finding_datagram_split = {
	.id = "datagram-split",
	.title = "One message is sent as several datagrams",
	.explanation =
		"One send is one datagram. Bytes that are sent in several calls arrive as several datagrams, and nothing tells the receiver that they belong together.",
	.source = "udp(7), RFC 768",
	.mend = "Put the whole message into one buffer and send it with one sendto().",
	.detect_datagrams = detect,
	.follows = follows,
};
