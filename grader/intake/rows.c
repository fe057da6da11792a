#include "intake/rows.h"

#include "base/arena.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *cell_take(struct rows *rows, struct arena *arena)
{
	TEXT_AUTO cell = {0};
	bool quoted = rows->at < rows->end && *rows->at == '"';
	if (quoted)
		rows->at++;
	while (rows->at < rows->end) {
		char c = *rows->at;
		if (quoted && c == '"' && (rows->at + 1 == rows->end || rows->at[1] != '"')) {
			rows->at++;
			quoted = false;
			continue;
		}
		if (!quoted && (c == rows->separator || c == '\n' || c == '\r'))
			break;
		rows->at += quoted && c == '"' ? 2 : 1;
		rows->line += c == '\n';
		text_add(&cell, c == '\n' || c == '\r' ? " " : &c, 1);
	}
	rows->open = rows->open || quoted;
	const char *from = text_string(&cell), *to = from + cell.length;
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	return arena_copy(arena, from, (size_t)(to - from));
}

bool row_take(struct rows *rows, struct arena *arena)
{
	rows->count = 0;
	if (rows->at >= rows->end)
		return false;
	for (;;) {
		const char *cell = cell_take(rows, arena);
		if (rows->count < COLUMNS_MOST)
			rows->cells[rows->count++] = cell;
		if (rows->at >= rows->end || *rows->at != rows->separator)
			break;
		rows->at++;
	}
	if (rows->at < rows->end && *rows->at == '\r')
		rows->at++;
	if (rows->at < rows->end && *rows->at == '\n')
		rows->at++;
	rows->line++;
	return true;
}

/* The one of a list's usual separators that stands most often in its first row, outside of quotes. */
static char separator_of(const char *bytes, size_t length)
{
	static const char separators[] = ",;\t";
	size_t counts[3] = {0}, best = 0;
	bool quoted = false;
	for (size_t i = 0; i < length && (quoted || (bytes[i] != '\n' && bytes[i] != '\r')); i++) {
		const char *found = bytes[i] != '\0' ? strchr(separators, bytes[i]) : NULL;
		quoted = quoted != (bytes[i] == '"');
		if (found != NULL && !quoted)
			counts[found - separators]++;
	}
	for (size_t i = 1; i < 3; i++)
		best = counts[i] > counts[best] ? i : best;
	return separators[best];
}

void rows_begin(struct rows *rows, const char *bytes, size_t length)
{
	*rows = (struct rows){.at = bytes, .end = bytes + length, .line = 1};
	if (length > 5 && strncasecmp(bytes, "sep=", 4) == 0) {
		const char *line = memchr(bytes, '\n', length);
		rows->at = line != NULL ? line + 1 : rows->end;
		rows->line++;
	}
	for (; rows->at < rows->end && (*rows->at == '\n' || *rows->at == '\r'); rows->at++)
		rows->line += *rows->at == '\n';
	rows->separator = separator_of(rows->at, (size_t)(rows->end - rows->at));
}
