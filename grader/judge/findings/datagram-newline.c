#include "judge/findings.h"

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.got == NULL || wrong.expected->kind != DATA_BYTES)
		return;
	size_t offset = wrong_prefix(&wrong), wanted = wrong.expected->length, got = wrong.got->length;
	bool added = offset == wanted && got > wanted && got <= wanted + 2 && wrong.got->known > offset &&
	             (wrong.got->bytes[offset] == '\n' || wrong.got->bytes[offset] == '\r');
	bool removed = offset == got && got < wanted && wanted <= got + 2 &&
	               (wrong.expected->bytes[offset] == '\n' || wrong.expected->bytes[offset] == '\r');
	if (added || removed)
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)), "a newline was %s at the end of the datagram.",
		            added ? "added" : "removed");
}

const struct finding_row finding_datagram_newline = {
	.id = "datagram-newline",
	.title = "A newline was added or removed",
	.explanation =
		"Functions that read or print lines drop the newline or add one. A datagram has no lines: its end is the end of its bytes.",
	.source = "RFC 768",
	.mend = "Send the bytes as they are.",
	.detect_datagrams = detect,
};
