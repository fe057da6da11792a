#include "gradebook/people.h"

#include "gradebook/sql.h"

#include "base/arena.h"
#include "base/diag.h"

bool book_student_put(struct book *book, const struct student *student, struct diags *diags)
{
	return book_run(book, diags,
	                "INSERT INTO students(key, name, login, email, sis_id, section, lms_user) VALUES(?,?,?,?,?,?,?)"
	                " ON CONFLICT(key) DO UPDATE SET name = coalesce(excluded.name, name),"
	                " login = coalesce(excluded.login, login), email = coalesce(excluded.email, email),"
	                " sis_id = coalesce(excluded.sis_id, sis_id), section = coalesce(excluded.section, section),"
	                " lms_user = coalesce(excluded.lms_user, lms_user)",
	                "ttttttt", student->key, student->name, student->login, student->email, student->sis_id,
	                student->section, student->lms_user);
}

const char *book_student_key(struct book *book, const struct student *student, struct arena *arena, struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(book, diags,
	                                      "SELECT min(key), count(*) FROM students WHERE lms_user = ?1"
	                                      " AND (login IS NULL OR ?2 IS NULL OR login = ?2 COLLATE NOCASE)"
	                                      " AND NOT EXISTS (SELECT 1 FROM students WHERE key = ?3)",
	                                      "ttt", student->lms_user, student->login, student->key);
	if (book_step(book, statement, diags) != 1)
		return NULL;
	return sqlite3_column_int(statement, 1) == 1 ? column_text(statement, 0, arena) : student->key;
}

bool book_students(struct book *book, const char *target, struct student **list, size_t *count, struct arena *arena,
                   struct diags *diags)
{
	size_t capacity = 0;
	*list = NULL;
	*count = 0;
	STATEMENT_AUTO statement = book_query(book, diags,
	                                      "SELECT key, name, login, email, sis_id, section,"
	                                      " coalesce(identities.lms_user, students.lms_user) FROM students"
	                                      " LEFT JOIN identities ON student = key AND target = ? ORDER BY key",
	                                      "t", target);
	int more;
	while ((more = book_step(book, statement, diags)) == 1) {
		*list = arena_grow(arena, *list, &capacity, *count + 1, sizeof(**list));
		(*list)[(*count)++] = (struct student){
			.key = column_text(statement, 0, arena),
			.name = column_text(statement, 1, arena),
			.login = column_text(statement, 2, arena),
			.email = column_text(statement, 3, arena),
			.sis_id = column_text(statement, 4, arena),
			.section = column_text(statement, 5, arena),
			.lms_user = column_text(statement, 6, arena),
		};
	}
	return more == 0;
}

int identity_of(struct book *book, const char *target, const char *student, const char **lms_user, struct arena *arena,
                struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(book, diags,
	                                      "SELECT coalesce(identities.lms_user, students.lms_user) FROM students"
	                                      " LEFT JOIN identities ON student = key AND target = ?1 WHERE key = ?2",
	                                      "tt", target, student);
	int row = book_step(book, statement, diags);
	*lms_user = row == 1 ? column_text(statement, 0, arena) : NULL;
	return row == 1 && *lms_user == NULL ? 0 : row;
}

/* Whose the id is already, on this target; "" when nobody's. */
static bool taken(struct book *book, const char *target, const char *student, const char *lms_user, struct diags *diags)
{
	STATEMENT_AUTO statement =
		book_query(book, diags, "SELECT student FROM identities WHERE target = ? AND lms_user = ? AND student <> ?",
	               "ttt", target, lms_user, student);
	int row = book_step(book, statement, diags);
	if (row == 1)
		diags_error(diags, "the id %.100s on %s is that of the student %.100s; it cannot be that of %.100s too",
		            lms_user, target, (const char *)sqlite3_column_text(statement, 0), student);
	return row != 0;
}

static bool put(struct book *book, const char *target, const char *student, const char *lms_user, const char *source,
                int64_t now_ms, struct diags *diags)
{
	STATEMENT_AUTO known = book_query(book, diags, "SELECT 1 FROM students WHERE key = ?", "t", student);
	int row = book_step(book, known, diags);
	if (row == 0)
		return diags_error(diags, "there is no student %.100s in %s", student, book_path(book));
	if (row < 0 || taken(book, target, student, lms_user, diags))
		return false;
	STATEMENT_AUTO former = book_query(book, diags, "SELECT lms_user FROM identities WHERE target = ? AND student = ?",
	                                   "tt", target, student);
	row = book_step(book, former, diags);
	const char *before = row == 1 ? (const char *)sqlite3_column_text(former, 0) : NULL;
	if (row < 0)
		return false;
	struct audit_entry entry = {.at_ms = now_ms,
	                            .action = "identity",
	                            .student = student,
	                            .target = target,
	                            .before = before,
	                            .after = lms_user,
	                            .detail = source};
	return audit_add(book, &entry, diags) &&
	       book_run(book, diags,
	                "INSERT OR REPLACE INTO identities(target, student, lms_user, source, at_ms) VALUES(?,?,?,?,?)",
	                "tttti", target, student, lms_user, source, now_ms);
}

bool identity_put(struct book *book, const char *target, const char *student, const char *lms_user, const char *source,
                  int64_t now_ms, struct diags *diags)
{
	return book_begin(book, diags) &&
	       book_end(book, put(book, target, student, lms_user, source, now_ms, diags), diags);
}

bool identity_remove(struct book *book, const char *target, const char *student, int64_t now_ms, struct diags *diags)
{
	struct audit_entry entry = {.at_ms = now_ms, .action = "identity removed", .student = student, .target = target};
	return book_begin(book, diags) &&
	       book_end(book,
	                book_run(book, diags, "DELETE FROM identities WHERE target = ? AND student = ?", "tt", target,
	                         student) &&
	                    audit_add(book, &entry, diags),
	                diags);
}
