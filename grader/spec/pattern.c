/* Regular expressions: compiled once while a spec is read, so that its errors have a line and a column. */
#include "spec/reader.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_DEEP = 32, COST_MOST = 100000 };

/* The `{m,n}` at `at` as the larger of its numbers; 1 when it is no interval. */
static unsigned long interval(const char *at)
{
	char *end = NULL;
	unsigned long least = strtoul(at + 1, &end, 10), most = least;
	if (*end == ',')
		most = strtoul(end + 1, &end, 10);
	unsigned long larger = most > least ? most : least;
	return *end == '}' && larger > 0 ? larger : 1;
}

/* Nested intervals multiply: `((a{999}){999})` takes gigabytes to compile.  The product of all intervals and the
 * pattern's length is an upper bound of what it unrolls to. */
static const char *too_costly(const char *pattern)
{
	unsigned deep = 0;
	unsigned long cost = strlen(pattern);
	for (const char *at = pattern; *at != '\0'; at++) {
		if (*at == '\\' && at[1] != '\0') {
			at++;
		} else if (*at == '(') {
			if (++deep > GROUPS_DEEP)
				return "has groups nested deeper than 32";
		} else if (*at == ')') {
			deep -= deep > 0;
		} else if (*at == '{') {
			unsigned long times = interval(at);
			if (times > COST_MOST / cost)
				return "repeats too often: the counts in {} multiply";
			cost *= times;
		}
	}
	return NULL;
}

bool read_pattern(const struct reader *reader, const struct node *node, const char *what, const char **pattern)
{
	if (!read_text(reader, node, what, pattern))
		return false;
	if (node->length > PATTERN_MOST)
		return reader_error(reader, node, "%s is at most %d bytes long", what, PATTERN_MOST);
	const char *cost = too_costly(*pattern);
	if (cost != NULL)
		return reader_error(reader, node, "%s %s", what, cost);
	regex_t compiled;
	int code = regcomp(&compiled, *pattern, REG_EXTENDED);
	if (code == 0) {
		regfree(&compiled);
		return true;
	}
	char reason[128];
	regerror(code, &compiled, reason, sizeof(reason));
	return reader_error(reader, node, "%s is no POSIX extended regular expression: %s", what, reason);
}
