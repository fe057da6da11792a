#include "judge/findings.h"

static const char *const follows[] = {"datagram-nul-truncation", "datagram-split", NULL};

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	const struct story_datagram *datagram;
	if (!inquiry_wrong_datagram(inquiry, &wrong))
		return;
	/* A client needs no room for what is no answer. */
	if (wrong.end == END_CLIENT && wrong.got == NULL)
		return;
	for (size_t at = 0; (datagram = inquiry_cut_datagram(inquiry, &wrong, false, &at)) != NULL;)
		finding_add(inquiry, wrong.actor, EVENTS(datagram->taken),
		            "%s took %llu of %s: the rest of the datagram is thrown away.",
		            inquiry_call(inquiry, datagram->taken), (unsigned long long)datagram->got,
		            inquiry_bytes(inquiry, datagram->length));
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
