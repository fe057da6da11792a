#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.got == NULL || wrong.expected->kind != DATA_BYTES)
		return;
	size_t offset = wrong_prefix(&wrong);
	if (offset == wrong.got->length && offset < wrong.expected->length && wrong.expected->bytes[offset] == 0)
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)),
		            "what you sent stops before the zero byte at offset %llu.", (unsigned long long)offset);
}

const struct finding_row finding_datagram_nul_truncation = {
	.id = "datagram-nul-truncation",
	.title = "The datagram ends at its first zero byte",
	.explanation =
		"strlen() and %s stop at a zero byte. A datagram is bytes, not a C string: it may hold zero bytes and is not terminated by one.",
	.source = "strlen(3), recvfrom(2)",
	.mend = "Use the count that recvfrom() returned for the length of what you send.",
	.detect_datagrams = detect,
};
