/* One walk through the regular expression: of alternatives the first, of what may be left out or repeated as little as
 * is worth seeing.  What a single atom stands for is found by trying characters on it, so brackets, classes and escapes
 * need no reading of their own; and the whole is tried on the whole expression in the end. */
#include "spec/example.h"

#include "base/pattern.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { EXAMPLE_MOST = 4096, ATOM_MOST = 256, GROUPS_DEEP = 32 };

struct walk {
	const char *at;
	unsigned depth;
	bool failed;
};

static void walk_alternatives(struct walk *, struct text *);

/* Where a bracket expression ends: behind its "]", or NULL. */
static const char *bracket_end(const char *at)
{
	at += at[1] == '^' ? 2 : 1;
	if (*at == ']')
		at++;
	for (; *at != '\0' && *at != ']'; at++) {
		if (*at == '[' && at[1] != '\0' && strchr(":.=", at[1]) != NULL) {
			const char close[] = {at[1], ']', '\0'};
			at = strstr(at + 2, close);
			if (at == NULL)
				return NULL;
			at++;
		}
	}
	return *at == ']' ? at + 1 : NULL;
}

static void cut(struct text *text, size_t length)
{
	if (length < text->length)
		text->bytes[text->length = length] = '\0';
}

/* A character that the atom matches, those that read well first. */
static bool atom_add(const char *atom, size_t length, struct text *text)
{
	static const char first[] = "a0A1 -_./:";
	char pattern[ATOM_MOST + 3];
	if (length == 1 && strchr(".+*?{|\\", *atom) == NULL) {
		text_add(text, atom, 1);
		return true;
	}
	if (length > ATOM_MOST)
		return false;
	pattern[0] = '^';
	memcpy(pattern + 1, atom, length);
	memcpy(pattern + 1 + length, "$", 2);
	regex_t regex;
	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	bool found = false;
	for (unsigned i = 0; i < sizeof(first) - 1 + 255 && !found; i++) {
		const char c[] = {i < sizeof(first) - 1 ? first[i] : (char)(i - (sizeof(first) - 1) + 1), '\0'};
		found = regexec(&regex, c, 0, NULL, 0) == 0;
		if (found)
			text_add(text, c, 1);
	}
	regfree(&regex);
	return found;
}

static void walk_atom(struct walk *walk, struct text *text)
{
	const char *begin = walk->at;
	if (*begin == '(') {
		walk->at++;
		walk->failed = walk->failed || ++walk->depth > GROUPS_DEEP;
		walk_alternatives(walk, text);
		walk->failed = walk->failed || *walk->at != ')';
		walk->at += *walk->at == ')';
		walk->depth--;
		return;
	}
	if (*begin == '^' || *begin == '$') {
		walk->at++;
		return;
	}
	const char *end = *begin == '[' ? bracket_end(begin) : begin + (*begin == '\\' && begin[1] != '\0' ? 2 : 1);
	if (end == NULL || *begin == '\0') {
		walk->failed = true;
		return;
	}
	walk->at = end;
	/* GNU's \< and the like stand for places, not characters. */
	if (*begin == '\\' && strchr("<>bB`'", begin[1]) != NULL)
		return;
	walk->failed = walk->failed || !atom_add(begin, (size_t)(end - begin), text);
}

/* How often what a `*`, `+`, `?` or `{m,n}` stands behind is put. */
static unsigned long walk_times(struct walk *walk)
{
	unsigned long times = 1;
	for (;; walk->at++) {
		if (*walk->at == '?') {
			times = 0;
		} else if (*walk->at == '{' && walk->at[1] >= '0' && walk->at[1] <= '9') {
			times = strtoul(walk->at + 1, NULL, 10);
			walk->at += strcspn(walk->at, "}");
			if (*walk->at == '\0')
				return times;
		} else if (*walk->at != '*' && *walk->at != '+') {
			return times;
		}
	}
}

static void walk_piece(struct walk *walk, struct text *text)
{
	size_t before = text->length;
	walk_atom(walk, text);
	walk->failed = walk->failed || text->length > EXAMPLE_MOST;
	size_t length = text->length - before;
	unsigned long times = walk_times(walk);
	if (times == 0)
		cut(text, before);
	for (unsigned long i = 1; i < times && length > 0 && !walk->failed; i++) {
		char copy[EXAMPLE_MOST];
		walk->failed = text->length + length > EXAMPLE_MOST;
		if (!walk->failed) {
			memcpy(copy, text->bytes + before, length);
			text_add(text, copy, length);
		}
	}
}

static void walk_alternatives(struct walk *walk, struct text *text)
{
	size_t end = 0;
	bool first = true;
	do {
		walk->at += !first;
		while (!walk->failed && *walk->at != '\0' && *walk->at != '|' && (*walk->at != ')' || walk->depth == 0))
			walk_piece(walk, text);
		if (first)
			end = text->length;
		first = false;
	} while (!walk->failed && *walk->at == '|');
	cut(text, end);
}

static bool pattern_example(const char *pattern, struct text *text)
{
	struct walk walk = {.at = pattern};
	walk_alternatives(&walk, text);
	return !walk.failed && text->length <= EXAMPLE_MOST;
}

bool example_fits(const char *pattern, const char *until, const void *bytes, size_t length)
{
	regmatch_t found[2];
	if (length == 0 || !pattern_find(until != NULL ? until : pattern, bytes, length, found) ||
	    (size_t)found[0].rm_eo != length)
		return false;
	return until == NULL || pattern_find(pattern, bytes, length, found);
}

bool example_make(const char *pattern, const char *until, struct text *example)
{
	TEXT_AUTO end = {0};
	if (!pattern_example(pattern, example) || (until != NULL && !pattern_example(until, &end)))
		return false;
	/* What `match` asks for may be the first part of what `until` does: "…\r\n" before "\r\n\r\n". */
	size_t length = example->length;
	for (size_t shared = end.length;; shared--) {
		cut(example, length);
		if (shared <= length)
			text_add(example, text_string(&end) + shared, end.length - shared);
		if (shared <= length && example_fits(pattern, until, example->bytes, example->length))
			return true;
		if (shared == 0)
			return false;
	}
}
