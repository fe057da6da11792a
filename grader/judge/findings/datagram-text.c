#include "judge/findings.h"

#include <string.h>

static const char *const follows[] = {"exits-on-datagram", "one-datagram-server", "uncaught-exception",
                                      "datagram-truncated", NULL};

static void detect_cries(struct inquiry *inquiry)
{
	static const char *const cries[] = {"UnicodeDecodeError", "UnicodeEncodeError", "MalformedInputException",
	                                    "Utf8Error", "invalid utf-8"};
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		for (size_t i = 0; program->student && i < sizeof(cries) / sizeof(cries[0]); i++) {
			if (program->output[1].length > 0 &&
			    memmem(program->output[1].bytes, program->output[1].length, cries[i], strlen(cries[i])) != NULL)
				finding_add(inquiry, actor, EVENTS(program->output_event[1]),
				            "the program decoded received bytes as text and printed %s.", cries[i]);
		}
	}
}

/* What is not text is left out: the others are all there, in order. */
static bool left_out(const struct wrong_datagram *wrong)
{
	size_t at = 0;
	for (size_t i = 0; i < wrong->expected->length && at < wrong->got->known; i++) {
		if (wrong->expected->bytes[i] == wrong->got->bytes[at])
			at++;
		else if (wrong->expected->bytes[i] < 0x80)
			return false;
	}
	return at == wrong->got->known && wrong->got->known == wrong->got->length &&
	       wrong->got->length < wrong->expected->length;
}

/* The way Python writes bytes down. */
static bool shown(const struct wrong_datagram *wrong)
{
	size_t length = wrong->expected->length;
	const uint8_t *got = wrong->got->bytes;
	return wrong->expected->kind == DATA_BYTES && length > 0 && wrong->got->length >= length + 3 &&
	       wrong->got->known >= length + 2 && got[0] == 'b' && (got[1] == '\'' || got[1] == '"') &&
	       memcmp(got + 2, wrong->expected->bytes, length) == 0;
}

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	detect_cries(inquiry);
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.got == NULL)
		return;
	if (shown(&wrong)) {
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)),
		            "b'…' was sent: str() and format() show bytes so, as they stand in a source text.");
		return;
	}
	size_t offset = wrong_prefix(&wrong);
	if (offset >= wrong.got->known || offset >= wrong.expected->length || wrong.expected->bytes[offset] < 0x80)
		return;
	unsigned char got = wrong.got->bytes[offset];
	if (left_out(&wrong)) {
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)),
		            "byte %llu, 0x%02x, was left out: it is no text in the encoding that the bytes went through.",
		            (unsigned long long)offset, wrong.expected->bytes[offset]);
		return;
	}
	if (got == 0xef || got == 0xc2 || got == 0xc3 || got == '?' || got == '\\')
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)),
		            "byte %llu should be 0x%02x and is 0x%02x: the bytes went through a text encoding.",
		            (unsigned long long)offset, wrong.expected->bytes[offset], got);
}

const struct finding_row finding_datagram_text = {
	.id = "datagram-text",
	.title = "Bytes are treated as text",
	.explanation =
		"A datagram carries bytes. Decoding them as text and encoding them again changes every byte that is not valid in that encoding, or ends the program with an exception: anybody can send you any bytes.",
	.source = "RFC 768",
	.mend =
		"Work on the bytes as they were received: bytes in Python, DatagramPacket.getData() in Java, Buffer in Node.",
	.detect_datagrams = detect,
	.follows = follows,
};
