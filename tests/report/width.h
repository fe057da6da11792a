/* No line of a report is wider than the terminal. */
#pragma once

#include "golden.h"

#include "base/utf8.h"

static inline void assert_fits(const struct text *out, size_t columns)
{
	const char *at = text_string(out);
	while (*at != '\0') {
		char line[4096];
		size_t length = 0;
		for (; *at != '\0' && *at != '\n' && length + 1 < sizeof(line); at++) {
			if (*at == '\x1b')
				at = strchr(at, 'm');
			else
				line[length++] = *at;
		}
		line[length] = '\0';
		at += *at == '\n';
		if (utf8_columns(line) > columns || (length > 0 && line[length - 1] == ' '))
			fail_msg("wider than %zu columns, or with a space at its end: \"%s\"", columns, line);
	}
}
