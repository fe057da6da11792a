#include "gradebook/sql.h"

#include "base/arena.h"
#include "base/diag.h"

bool audit_add(struct book *book, const struct audit_entry *entry, struct diags *diags)
{
	return book_run(
		book, diags,
		"INSERT INTO audit(at_ms, who, action, student, target, \"column\", before, after, detail, forced, uuid)"
		" VALUES(?,?,?,?,?,?,?,?,?,?,?)",
		"itttttttt"
		"it",
		entry->at_ms, book->who, entry->action, entry->student, entry->target, entry->column, entry->before,
		entry->after, entry->detail, (int64_t)entry->forced, entry->uuid);
}

bool book_audit_list(struct book *book, const char *student, struct audit_entry **list, size_t *count,
                     struct arena *arena, struct diags *diags)
{
	size_t capacity = 0;
	*list = NULL;
	*count = 0;
	STATEMENT_AUTO statement =
		book_query(book, diags,
	               "SELECT id, at_ms, who, action, student, target, \"column\", before, after, detail,"
	               " forced, uuid FROM audit WHERE ?1 IS NULL OR student = ?1 ORDER BY id",
	               "t", student);
	int more;
	while ((more = book_step(book, statement, diags)) == 1) {
		*list = arena_grow(arena, *list, &capacity, *count + 1, sizeof(**list));
		(*list)[(*count)++] = (struct audit_entry){
			.id = sqlite3_column_int64(statement, 0),
			.at_ms = sqlite3_column_int64(statement, 1),
			.who = column_text(statement, 2, arena),
			.action = column_text(statement, 3, arena),
			.student = column_text(statement, 4, arena),
			.target = column_text(statement, 5, arena),
			.column = column_text(statement, 6, arena),
			.before = column_text(statement, 7, arena),
			.after = column_text(statement, 8, arena),
			.detail = column_text(statement, 9, arena),
			.forced = sqlite3_column_int(statement, 10) != 0,
			.uuid = column_text(statement, 11, arena),
		};
	}
	return more == 0;
}
