#include "gradebook/forms.h"

#include "gradebook/sql.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "timeline/compact.h"

#include <inttypes.h>

bool form_put(struct book *book, const struct text *packed, size_t length, int64_t *number, struct diags *diags)
{
	if (!book_run(book, diags, "INSERT OR IGNORE INTO forms(bytes, length) VALUES(?,?)", "bi", packed, (int64_t)length))
		return false;
	STATEMENT_AUTO statement = book_query(book, diags, "SELECT id FROM forms WHERE bytes = ?", "b", packed);
	if (book_step(book, statement, diags) != 1)
		return false;
	*number = sqlite3_column_int64(statement, 0);
	return true;
}

const struct compact_form *form_get(struct book *book, int64_t number, struct diags *diags)
{
	if (book->form != NULL && book->form_number == number)
		return book->form;
	STATEMENT_AUTO statement = book_query(book, diags, "SELECT bytes, length FROM forms WHERE id = ?", "i", number);
	int row = book_step(book, statement, diags);
	if (row == 0)
		diags_error(diags, "%s is damaged: there is no form %" PRId64 " of recordings", book->path, number);
	TEXT_AUTO description = {0};
	if (row != 1 || !column_blob(book, statement, 0, &description, "how its recordings are to be read", diags))
		return NULL;
	arena_destroy(book->form_arena);
	book->form_arena = arena_create();
	book->form_number = number;
	book->form = compact_form_read(text_string(&description), description.length, book->form_arena, diags);
	return book->form;
}
