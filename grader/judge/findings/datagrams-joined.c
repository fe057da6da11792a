#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"datagram-whole-buffer", "datagram-stale-bytes", NULL};

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.got == NULL || wrong.end != END_SERVER ||
	    wrong.got->known < wrong.got->length)
		return;
	if (wrong.index >= wrong.other->datagram_count)
		return;
	size_t at = 0, parts = 0;
	const struct story_datagram *part = &wrong.other->datagrams[wrong.index];
	for (; part != NULL && at < wrong.got->length; part = taken_next(inquiry, wrong.end, part->taken)) {
		if (part->known < part->length || part->length > wrong.got->length - at ||
		    (part->length > 0 && memcmp(part->bytes, wrong.got->bytes + at, part->length) != 0))
			return;
		at += part->length;
		parts++;
	}
	if (at == wrong.got->length && parts > 1)
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)), "%zu datagrams came, and one of %s went back.",
		            parts, inquiry_bytes(inquiry, wrong.got->length));
}

const struct finding_row finding_datagrams_joined = {
	.id = "datagrams-joined",
	.title = "Several datagrams are answered by one",
	.explanation =
		"One send is one datagram, and its boundaries are kept. Datagrams that are collected in a buffer and sent together are another, longer datagram.",
	.source = "udp(7), RFC 768",
	.mend = "Answer each datagram by itself: one sendto() for each recvfrom().",
	.detect_datagrams = detect,
	.follows = follows,
};
