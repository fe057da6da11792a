#include "judge/findings.h"

static const char *const follows[] = {"datagram-truncated", "exits-on-datagram", "no-time-out", "datagram-unanswered",
                                      NULL};

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	const struct story_datagram *datagram;
	if (!inquiry_wrong_datagram(inquiry, &wrong))
		return;
	for (size_t at = 0; (datagram = inquiry_cut_datagram(inquiry, &wrong, true, &at)) != NULL;)
		finding_add(inquiry, wrong.actor, EVENTS(datagram->taken),
		            "%s took %llu of %s, and the program read again for the rest: it is gone.",
		            inquiry_call(inquiry, datagram->taken), (unsigned long long)datagram->got,
		            inquiry_bytes(inquiry, datagram->length));
}

const struct finding_row finding_datagram_read_in_pieces = {
	.id = "datagram-read-in-pieces",
	.title = "A datagram is read in pieces",
	.explanation =
		"One recvfrom() takes one datagram, whole. What the buffer has no room for is thrown away; the next recvfrom() waits for the next datagram, not for the rest of this one.",
	.source = "recv(2), udp(7)",
	.mend = "Read the whole datagram into one large buffer, then take it apart.",
	.detect_datagrams = detect,
	.follows = follows,
};
