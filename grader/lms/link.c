#include "lms/link.h"

#include "lms/url.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const quotes[] = {"\"", "'", "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "&quot;"};

static const char *past_quote(const char *at)
{
	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		if (strncasecmp(at, quotes[i], strlen(quotes[i])) == 0)
			return at + strlen(quotes[i]);
	}
	return at;
}

/* Whether the parameters from `at` to `end` have rel=next, alone or among other relations. */
static bool is_next(const char *at, const char *end)
{
	while (at < end) {
		at += strspn(at, "; \t");
		if (at + 3 < end && strncasecmp(at, "rel", 3) == 0) {
			const char *value = at + 3 + strspn(at + 3, " \t");
			if (*value == '=') {
				value++;
				value += strspn(value, " \t");
				value = past_quote(value);
				while (value < end) {
					size_t word = strcspn(value, " \t;,\"'&\xe2");
					if (word == 4 && strncasecmp(value, "next", 4) == 0)
						return true;
					value += word;
					if (*value != ' ' && *value != '\t')
						break;
					value++;
				}
			}
		}
		at += strcspn(at, ";");
	}
	return false;
}

bool link_next(const char *header, const char *asked, struct text *url)
{
	for (const char *open = strchr(header, '<'); open != NULL;) {
		const char *close = strchr(open, '>');
		if (close == NULL)
			return false;
		const char *following = strchr(close, '<');
		const char *end = following != NULL ? following : close + strlen(close);
		if (is_next(close + 1, end)) {
			TEXT_AUTO reference = {0};
			for (const char *at = open + 1; at < close;) {
				text_add(&reference, at, 1);
				at += strncmp(at, "&amp;", 5) == 0 ? 5 : 1;
			}
			url_resolve(url, asked, text_string(&reference));
			return true;
		}
		open = following;
	}
	return false;
}
