#include "report/formats/csv.h"

#include "base/text.h"
#include "base/utf8.h"
#include "report/terminal.h"

#include <string.h>

static void begin_cell(struct csv *csv)
{
	if (csv->more)
		text_puts(csv->out, ",");
	csv->more = true;
}

/* Spreadsheets pass over blanks in front of a formula. */
static bool is_formula(const char *at)
{
	static const char *const first[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};
	at += strspn(at, " \n\xc2\xa0");
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		if (strncmp(at, first[i], strlen(first[i])) == 0)
			return true;
	return false;
}

void csv_cell(struct csv *csv, const char *string)
{
	begin_cell(csv);
	if (string == NULL || *string == '\0')
		return;
	TEXT_AUTO cell = {0};
	if (is_formula(string))
		text_puts(&cell, "'");
	const unsigned char *at = (const unsigned char *)string;
	size_t length = strlen(string);
	for (size_t i = 0; i < length;) {
		size_t bytes = utf8_valid(at + i, length - i);
		bool shown = at[i] == '\n' || utf8_printable(at + i, length - i) > 0;
		if (at[i] == '"')
			text_puts(&cell, "\"\"");
		else if (shown)
			text_add(&cell, at + i, bytes);
		else
			text_puts(&cell, "\xef\xbf\xbd");
		i += bytes > 0 ? bytes : 1;
	}
	const char *safe = text_string(&cell);
	bool quoted = strpbrk(safe, ",\"\n") != NULL || *safe == ' ' || safe[cell.length - 1] == ' ';
	text_printf(csv->out, quoted ? "\"%s\"" : "%s", safe);
}

void csv_number(struct csv *csv, double number)
{
	begin_cell(csv);
	points_text(csv->out, number);
}

void csv_end_row(struct csv *csv)
{
	text_puts(csv->out, "\r\n");
	csv->more = false;
}
