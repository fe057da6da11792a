#include "intake/encoding.h"

#include "base/arena.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { REPLACEMENT = 0xfffd };

/* Windows-1252 from 0x80 to 0x9f (Unicode's mapping CP1252.TXT); 0: not assigned. */
static const uint16_t windows[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static void character_add(struct text *text, uint32_t code)
{
	if (code >= 0x10000)
		text_printf(text, "%c%c%c%c", (char)(0xf0 | code >> 18), (char)(0x80 | (code >> 12 & 0x3f)),
		            (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f)));
	else if (code >= 0x800)
		text_printf(text, "%c%c%c", (char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
		            (char)(0x80 | (code & 0x3f)));
	else if (code >= 0x80)
		text_printf(text, "%c%c", (char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f)));
	else if (code != 0)
		text_printf(text, "%c", (char)code);
}

static uint32_t unit(const char *bytes, bool big)
{
	uint32_t first = (unsigned char)bytes[0], second = (unsigned char)bytes[1];
	return big ? first << 8 | second : second << 8 | first;
}

static void utf16_add(struct text *text, const char *bytes, size_t length, bool big)
{
	for (size_t at = 0; at + 1 < length; at += 2) {
		uint32_t code = unit(bytes + at, big);
		uint32_t low = code >= 0xd800 && code < 0xdc00 && at + 3 < length ? unit(bytes + at + 2, big) : 0;
		if (low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			at += 2;
		}
		character_add(text, code >= 0xd800 && code < 0xe000 ? REPLACEMENT : code);
	}
}

static bool is_utf8(const char *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t sequence = utf8_valid((const unsigned char *)bytes + at, length - at);
		if (sequence == 0)
			return false;
		at += sequence;
	}
	return true;
}

const char *encoding_utf8(const char *bytes, size_t *length, struct arena *arena)
{
	size_t count = *length;
	bool little = count >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || (bytes[0] != 0 && bytes[1] == 0));
	bool big = count >= 2 && (memcmp(bytes, "\xfe\xff", 2) == 0 || (bytes[0] == 0 && bytes[1] != 0));
	TEXT_AUTO text = {0};
	if (little || big) {
		size_t mark = (unsigned char)bytes[0] >= 0xfe ? 2 : 0;
		utf16_add(&text, bytes + mark, count - mark, big);
	} else {
		size_t mark = count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
		if (is_utf8(bytes + mark, count - mark)) {
			*length = count - mark;
			return bytes + mark;
		}
		for (size_t i = mark; i < count; i++) {
			uint32_t byte = (unsigned char)bytes[i];
			uint32_t code = byte >= 0x80 && byte < 0xa0 ? windows[byte - 0x80] : byte;
			character_add(&text, code == 0 ? REPLACEMENT : code);
		}
	}
	*length = text.length;
	return arena_copy(arena, text_string(&text), text.length);
}
