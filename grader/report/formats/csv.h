/* Rows of comma-separated values as RFC 4180 has them, safe to open in a spreadsheet. */
#pragma once

#include <stdbool.h>

struct text;

struct csv {
	struct text *out; /* borrowed */
	bool more; /* the row has a cell */
};

/* Text of unknown origin; NULL is an empty cell.  A cell that a spreadsheet would take for a formula (first character
 * '=', '+', '-', '@', or a tab, or the full-width forms of these) gets an apostrophe in front; control characters but
 * line feeds, and invalid UTF-8, become U+FFFD. */
void csv_cell(struct csv *, const char *);
/* A number with at most two decimals and a full stop. */
void csv_number(struct csv *, double);
void csv_end_row(struct csv *);
