#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"datagram-whole-buffer", "datagram-newline", NULL};

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.got == NULL || wrong.expected->kind != DATA_BYTES ||
	    wrong_prefix(&wrong) < wrong.expected->length || wrong.got->length <= wrong.expected->length)
		return;
	size_t offset = wrong.expected->length;
	for (const struct story_datagram *before = taken_next(inquiry, wrong.end, 0);
	     before != NULL && before->taken < wrong_event(&wrong);
	     before = taken_next(inquiry, wrong.end, before->taken)) {
		size_t known = before->known < wrong.got->known ? before->known : wrong.got->known;
		if (known <= offset || memcmp(before->bytes + offset, wrong.got->bytes + offset, known - offset) != 0)
			continue;
		finding_add(inquiry, wrong.actor, EVENTS(before->taken, wrong_event(&wrong)),
		            "behind the %s of this datagram the reply holds what an earlier one left in the buffer.",
		            inquiry_bytes(inquiry, offset));
	}
}

const struct finding_row finding_datagram_stale_bytes = {
	.id = "datagram-stale-bytes",
	.title = "Bytes of an earlier datagram are sent again",
	.explanation =
		"The buffer still holds what an earlier recvfrom() left there. Only the first bytes, as many as the last recvfrom() returned, belong to this datagram.",
	.source = "recvfrom(2)",
	.mend = "Use the count of the last recvfrom(), and nothing behind it.",
	.detect_datagrams = detect,
	.follows = follows,
};
