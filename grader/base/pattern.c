/* glibc's own interface rather than regexec(3): for that one `.` and `[^x]` match no NUL, and a datagram is full of them. */
#include "base/pattern.h"

#include <stdlib.h>
#include <string.h>

enum { FASTMAP_BYTES = 256 };

bool pattern_find(const char *pattern, const void *bytes, size_t length, regmatch_t found[2])
{
	struct re_pattern_buffer compiled = {0};
	struct re_registers places = {0};
	re_set_syntax(RE_SYNTAX_POSIX_EXTENDED & ~RE_DOT_NOT_NULL);
	compiled.fastmap = malloc(FASTMAP_BYTES); /* regfree(3) frees it; without one it is only slower */
	bool yes = false;
	if (re_compile_pattern(pattern, strlen(pattern), &compiled) == NULL) {
		compiled.newline_anchor = 0; /* `^` and `$` are the ends of the whole */
		yes = re_search(&compiled, length > 0 ? bytes : "", (regoff_t)length, 0, (regoff_t)length, &places) >= 0;
	}
	for (size_t i = 0; yes && i < 2; i++) {
		bool has = i < places.num_regs;
		found[i] = (regmatch_t){.rm_so = has ? places.start[i] : -1, .rm_eo = has ? places.end[i] : -1};
	}
	free(places.start);
	free(places.end);
	regfree(&compiled);
	return yes;
}
