#include "judge/findings.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

static const char *const follows[] = {
	"newline-changed",   "stale-bytes",      "one-read-one-message", "sends-whole-buffer",    "short-write-ignored",
	"prompts-on-stdout", "sends-terminator", "text-not-bytes",       "half-close-drops-data", NULL};

enum { LEAST = 4 }; /* bytes that must agree */

static bool same_but_case(const uint8_t *one, const uint8_t *two, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (tolower(one[i]) != tolower(two[i]))
			return false;
	return true;
}

static size_t shorter(size_t one, size_t two)
{
	return one < two ? one : two;
}

/* The first line, or all where there is none. */
static size_t line_length(const uint8_t *bytes, size_t length)
{
	const uint8_t *end = memchr(bytes, '\n', length);
	return end != NULL ? (size_t)(end - bytes) : length;
}

static bool backwards(const uint8_t *one, const uint8_t *two, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (one[i] != two[length - 1 - i])
			return false;
	return true;
}

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
		struct story_bytes expected;
		size_t offset = inquiry_difference(inquiry, at.connection, at.end, &expected);
		const struct story_bytes *got = &at.mine->stream;
		uint32_t event = at.mine->last_write;
		if (at.end != END_SERVER || offset == SIZE_MAX || offset >= got->length || offset >= expected.length ||
		    event == STORY_NONE)
			continue;
		size_t from = offset;
		while (from > 0 && expected.bytes[from - 1] != '\n')
			from--;
		const uint8_t *mine = got->bytes + from, *wanted = expected.bytes + from;
		size_t length = line_length(wanted, expected.length - from);
		size_t common = shorter(length, line_length(mine, got->length - from));
		const uint8_t *inside = length >= LEAST ? memmem(mine, got->length - from, wanted, length) : NULL;
		if (common >= LEAST && memcmp(mine, wanted, common) != 0 && same_but_case(mine, wanted, common)) {
			finding_add(inquiry, at.actor, EVENTS(event), "letters changed between small and capital ones on the way.");
		} else if (inside != NULL && inside > mine && inquiry->test->test->buffer_bytes == 0 &&
		           (size_t)(inside - mine) <= line_length(mine, got->length - from) && at.mine->reads.count > 0) {
			TEXT_AUTO words = {0};
			text_escaped(&words, mine, (size_t)(inside - mine), 60, false);
			finding_add(inquiry, at.actor, EVENTS(event), "\"%s\" was put before what the client had sent.",
			            text_string(&words));
		} else if (common == length && length >= LEAST && backwards(mine, wanted, length)) {
			finding_add(inquiry, at.actor, EVENTS(event), "the bytes came back in reverse order.");
		}
	}
}

static void detect_datagrams(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.end != END_SERVER || wrong.got == NULL ||
	    wrong.expected->kind != DATA_BYTES || wrong.expected->length < LEAST ||
	    wrong.got->known < wrong.expected->length || wrong.other->datagram_count == 0)
		return;
	const uint8_t *mine = wrong.got->bytes, *wanted = wrong.expected->bytes;
	size_t length = wrong.expected->length;
	const uint8_t *inside = memmem(mine, wrong.got->known, wanted, length);
	if (wrong.got->length == length && memcmp(mine, wanted, length) != 0 && same_but_case(mine, wanted, length)) {
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)),
		            "letters changed between small and capital ones on the way.");
	} else if (inside != NULL && inside > mine && mine[0] != 'b') {
		TEXT_AUTO words = {0};
		text_escaped(&words, mine, (size_t)(inside - mine), 60, false);
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)),
		            "\"%s\" was put before what the client had sent.", text_string(&words));
	} else if (wrong.got->length == length && backwards(mine, wanted, length)) {
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)), "the bytes came back in reverse order.");
	}
}

const struct finding_row finding_reply_changed = {
	.id = "reply-changed",
	.title = "The reply is not what was sent",
	.explanation =
		"An echo sends back the same bytes: no words before them (\"Server received: \"), no other letters, no "
		"other order.",
	.source = "the assignment; RFC 862",
	.mend = "Write the bytes of the last read() as they are, and print what is meant for people to standard error.",
	.detect = detect,
	.detect_datagrams = detect_datagrams,
	.follows = follows,
};
