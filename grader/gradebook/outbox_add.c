#include "gradebook/outbox_rows.h"

#include "gradebook/sql.h"

#include <stdio.h>

/* The key's newest version so far. */
struct newest {
	int64_t version, graded_at_ms;
	bool same;
};

static bool newest_read(struct book *book, const struct outbox_score *score, struct newest *newest, struct diags *diags)
{
	*newest = (struct newest){0};
	STATEMENT_AUTO statement = book_query(
		book, diags,
		"SELECT version, (SELECT max(k.graded_at_ms) FROM outbox k WHERE k.student = ?1 AND k.\"column\" = ?2),"
		" points = ?3 AND max_points = ?4 AND comment IS ?5 AND (review = ?6 OR ?7) FROM outbox"
		" WHERE student = ?1 AND \"column\" = ?2 ORDER BY version DESC LIMIT 1",
		"ttddtii", score->student, score->column, score->points, score->max_points, score->comment,
		(int64_t)(score->review != NULL), (int64_t)score->looked_at);
	int row = book_step(book, statement, diags);
	if (row == 1)
		*newest = (struct newest){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
		                          sqlite3_column_int(statement, 2) != 0};
	return row >= 0;
}

static bool supersede(struct book *book, const struct outbox_score *score, struct diags *diags)
{
	return book_run(book, diags,
	                "UPDATE outbox SET state = 'superseded' WHERE student = ? AND \"column\" = ?"
	                " AND state IN ('queued','blocked','dead')",
	                "tt", score->student, score->column);
}

bool outbox_add(struct book *book, const struct outbox_score *score, int64_t now_ms, struct diags *diags)
{
	struct newest newest;
	if (!newest_read(book, score, &newest, diags))
		return false;
	if (newest.same)
		return true;
	int64_t stamp = now_ms;
	if (newest.version > 0 && stamp < newest.graded_at_ms + OUTBOX_STAMP_STEP_MS)
		stamp = newest.graded_at_ms + OUTBOX_STAMP_STEP_MS;
	char uuid[OUTBOX_UUID], detail[64];
	uuid_make(uuid);
	snprintf(detail, sizeof(detail), "%.12g of %.12g", score->points, score->max_points);
	struct audit_entry entry = {.at_ms = now_ms,
	                            .action = score->review != NULL ? "blocked" : "queued",
	                            .student = score->student,
	                            .column = score->column,
	                            .after = detail,
	                            .detail = score->review,
	                            .uuid = uuid};
	return supersede(book, score, diags) &&
	       book_run(book, diags,
	                "INSERT INTO outbox(student, \"column\", version, run, points, max_points, comment, state, review,"
	                " graded_at_ms, uuid, last_error) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
	                "ttiiddttiitt", score->student, score->column, newest.version + 1, score->run, score->points,
	                score->max_points, score->comment, score->review != NULL ? "blocked" : "queued",
	                (int64_t)(score->review != NULL), stamp, uuid, score->review) &&
	       audit_add(book, &entry, diags);
}
