/* Private to intake/: a list of rows and cells, as RFC 4180 has them, with the separators of spreadsheets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { COLUMNS_MOST = 64 };

/* A list being taken apart. */
struct rows {
	const char *at, *end;
	char separator;
	unsigned line;
	bool open; /* a quoted cell has no end */
	const char *cells[COLUMNS_MOST];
	size_t count;
};

/* At the first row, past empty lines and a line "sep=;"; the separator is the one that stands most often in it, outside of quotes. */
void rows_begin(struct rows *, const char *bytes, size_t length);
/* The next row into `cells`, without the spaces around them and with spaces for line ends; false at the end.  Cells past COLUMNS_MOST are left out. */
bool row_take(struct rows *, struct arena *);
