/* Files that hold exactly what a person is to see.  GOLDEN_UPDATE=1 in the environment writes them anew; look at the
 * difference before it is committed. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void golden_check(const char *name, const struct text *seen)
{
	char path[256];
	snprintf(path, sizeof(path), "tests/report/golden/%s", name);
	if (getenv("GOLDEN_UPDATE") != NULL)
		assert_true(file_write_atomically(path, text_string(seen), seen->length, 0644));
	TEXT_AUTO wanted = {0};
	if (!file_read(path, 1 << 20, &wanted))
		fail_msg("%s cannot be read; GOLDEN_UPDATE=1 writes it", path);
	if (wanted.length == seen->length && memcmp(text_string(&wanted), text_string(seen), seen->length) == 0)
		return;
	size_t same = 0, line = 1;
	while (same < wanted.length && same < seen->length && wanted.bytes[same] == seen->bytes[same])
		line += wanted.bytes[same++] == '\n';
	fail_msg("%s:%zu differs; this was seen:\n%s", path, line, text_string(seen));
}
