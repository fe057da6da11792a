#include "base/diag.h"

#include "base/arena.h"

#include <errno.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void diags_init(struct diags *diags, struct arena *arena)
{
	*diags = (struct diags){.arena = arena};
}

static void diags_append(struct diags *diags, struct diag diag)
{
	if (diag.kind == DIAG_ERROR)
		diags->errors++;
	if (diags->count >= DIAG_MOST)
		return;
	diags->list = arena_grow(diags->arena, diags->list, &diags->capacity, diags->count + 1, sizeof(*diags->list));
	diags->list[diags->count++] = diag;
}

static const char *format_message(struct diags *diags, const char *format, va_list arguments, const char *behind)
{
	char message[1024];
	vsnprintf(message, sizeof(message), format, arguments);
	if (behind != NULL)
		return arena_printf(diags->arena, "%s: %s", message, behind);
	return arena_string(diags->arena, message);
}

void diags_add(struct diags *diags, enum diag_kind kind, const char *file, unsigned line, unsigned column,
               const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	const char *message = format_message(diags, format, arguments, NULL);
	va_end(arguments);
	diags_append(diags, (struct diag){kind, file, line, column, message});
}

bool diags_error(struct diags *diags, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	const char *message = format_message(diags, format, arguments, NULL);
	va_end(arguments);
	diags_append(diags, (struct diag){DIAG_ERROR, NULL, 0, 0, message});
	return false;
}

bool diags_errno(struct diags *diags, const char *format, ...)
{
	const char *reason = strerror(errno);
	va_list arguments;
	va_start(arguments, format);
	const char *message = format_message(diags, format, arguments, reason);
	va_end(arguments);
	diags_append(diags, (struct diag){DIAG_ERROR, NULL, 0, 0, message});
	return false;
}

static bool comes_before(const struct diag *a, const struct diag *b)
{
	int files = strcmp(a->file != NULL ? a->file : "", b->file != NULL ? b->file : "");
	if (files != 0)
		return files < 0;
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

void diags_sort(struct diags *diags)
{
	/* At most DIAG_MOST entries: an insertion sort is stable and short. */
	for (size_t i = 1; i < diags->count; i++) {
		struct diag moving = diags->list[i];
		size_t j = i;
		for (; j > 0 && comes_before(&moving, &diags->list[j - 1]); j--)
			diags->list[j] = diags->list[j - 1];
		diags->list[j] = moving;
	}
}

enum { WORD_MOST = 64 };

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;
	return least < c ? least : c;
}

/* Case does not count: "TCP" is near to "tcp". */
static size_t edit_distance(const char *one, const char *other)
{
	char a[WORD_MOST + 1] = "", b[WORD_MOST + 1] = "";
	size_t m = strlen(one), n = strlen(other);
	if (m > WORD_MOST || n > WORD_MOST)
		return SIZE_MAX;
	for (size_t i = 0; i < m; i++)
		a[i] = (char)tolower((unsigned char)one[i]);
	for (size_t j = 0; j < n; j++)
		b[j] = (char)tolower((unsigned char)other[j]);
	size_t rows[3][WORD_MOST + 1] = {{0}};
	for (size_t j = 0; j <= n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= m; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= n; j++) {
			now[j] = smallest(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return rows[m % 3][n];
}

const char *nearest_word(const char *word, const char *const *words)
{
	size_t length = strlen(word);
	size_t best = length / 3 > 0 ? length / 3 + 1 : 2;
	const char *found = NULL;
	for (; *words != NULL; words++) {
		size_t distance = edit_distance(word, *words);
		if (distance < best) {
			best = distance;
			found = *words;
		}
	}
	return found;
}
