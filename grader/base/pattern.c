#include "base/pattern.h"

bool pattern_find(const char *pattern, const void *bytes, size_t length, regmatch_t found[2])
{
	regex_t regex;
	if (regcomp(&regex, pattern, REG_EXTENDED) != 0)
		return false;
	found[0] = (regmatch_t){.rm_so = 0, .rm_eo = (regoff_t)length};
	bool yes = regexec(&regex, length > 0 ? bytes : "", 2, found, REG_STARTEND) == 0;
	regfree(&regex);
	return yes;
}
