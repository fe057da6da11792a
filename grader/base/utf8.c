#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

static size_t utf8_decode(const unsigned char *at, size_t length, uint32_t *character)
{
	if (length == 0)
		return 0;
	if (at[0] < 0x80) {
		*character = at[0];
		return 1;
	}
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t need = (at[0] & 0xe0) == 0xc0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3 : (at[0] & 0xf8) == 0xf0 ? 4 : 0;
	if (need == 0 || need > length)
		return 0;
	uint32_t value = at[0] & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (at[i] & 0x3fu);
	}
	if (value < smallest[need] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*character = value;
	return need;
}

size_t utf8_valid(const unsigned char *at, size_t length)
{
	uint32_t character;
	return utf8_decode(at, length, &character);
}

size_t utf8_printable(const unsigned char *at, size_t length)
{
	uint32_t c = 0;
	size_t bytes = utf8_decode(at, length, &c);
	if (bytes == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff)
		return 0;
	return bytes;
}

size_t utf8_columns(const char *string)
{
	size_t columns = 0, length = strlen(string);
	for (size_t i = 0; i < length;) {
		uint32_t c = 0;
		size_t bytes = utf8_decode((const unsigned char *)string + i, length - i, &c);
		if (!(c >= 0x300 && c <= 0x36f))
			columns++;
		i += bytes > 0 ? bytes : 1;
	}
	return columns;
}
