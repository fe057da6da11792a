#include "gradebook/results.h"

#include "gradebook/sql.h"

bool book_batch_begin(struct book *book, const char *assignment, const char *source, const char *options,
                      const char *spec, int64_t now_ms, int64_t *batch, struct diags *diags)
{
	if (!book_run(book, diags,
	              "INSERT INTO batches(assignment, source, options, spec, at_ms)"
	              " VALUES((SELECT id FROM assignments WHERE name = ?),?,?,?,?)",
	              "tttti", assignment, source, options, spec, now_ms))
		return false;
	*batch = sqlite3_last_insert_rowid(book->database);
	return true;
}

bool book_batch_finish(struct book *book, int64_t batch, int64_t now_ms, struct diags *diags)
{
	return book_run(book, diags, "UPDATE batches SET finished_ms = ? WHERE id = ?", "ii", now_ms, batch);
}

int book_batch_open(struct book *book, const char *assignment, struct stored_batch *batch, struct arena *arena,
                    struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(
		book, diags,
		"SELECT b.id, at_ms, source, options FROM batches b JOIN assignments a ON a.id = assignment"
		" WHERE a.name = ? AND finished_ms IS NULL AND b.id = (SELECT max(id) FROM batches WHERE assignment = a.id)",
		"t", assignment);
	int row = book_step(book, statement, diags);
	if (row == 1)
		*batch = (struct stored_batch){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
		                               column_text(statement, 2, arena), column_text(statement, 3, arena)};
	return row;
}
