#include "base/base64.h"

#include "base/text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct text *out, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t group = (uint32_t)at[i] << 16 | (left > 1 ? (uint32_t)at[i + 1] << 8 : 0) | (left > 2 ? at[i + 2] : 0);
		char four[4] = {letters[group >> 18], letters[group >> 12 & 63], left > 1 ? letters[group >> 6 & 63] : '=',
		                left > 2 ? letters[group & 63] : '='};
		text_add(out, four, 4);
	}
}

bool base64_decode(struct text *out, const char *encoded, size_t length)
{
	uint32_t group = 0;
	unsigned count = 0, padding = 0;
	for (size_t i = 0; i < length; i++) {
		if (isspace((unsigned char)encoded[i]))
			continue;
		const char *letter = encoded[i] != '\0' ? strchr(letters, encoded[i]) : NULL;
		if (encoded[i] == '=')
			padding++;
		else if (letter == NULL || padding > 0)
			return false;
		group = group << 6 | (letter != NULL ? (uint32_t)(letter - letters) : 0);
		if (++count < 4)
			continue;
		if (padding > 2)
			return false;
		unsigned char three[3] = {(unsigned char)(group >> 16), (unsigned char)(group >> 8), (unsigned char)group};
		text_add(out, three, 3 - padding);
		group = 0;
		count = 0;
	}
	return count == 0;
}
