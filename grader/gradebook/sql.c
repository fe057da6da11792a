#include "gradebook/sql.h"

#include "gradebook/packed.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void statement_finish(sqlite3_stmt **statement)
{
	/* A PRAGMA may do its work while it is prepared: it is prepared each time. */
	const char *sql = *statement != NULL ? sqlite3_sql(*statement) : NULL;
	if (sql == NULL || strncmp(sql, "PRAGMA", 6) == 0) {
		sqlite3_finalize(*statement);
	} else {
		sqlite3_reset(*statement);
		sqlite3_clear_bindings(*statement);
	}
	*statement = NULL;
}

/* One of these words that was finished, or NULL. */
static sqlite3_stmt *finished_find(struct book *book, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	while ((statement = sqlite3_next_stmt(book->database, statement)) != NULL) {
		if (sqlite3_stmt_busy(statement) == 0 && strcmp(sqlite3_sql(statement), sql) == 0)
			return statement;
	}
	return NULL;
}

void database_close(sqlite3 *database)
{
	sqlite3_stmt *statement;
	while (database != NULL && (statement = sqlite3_next_stmt(database, NULL)) != NULL)
		sqlite3_finalize(statement);
	sqlite3_close(database);
}

bool book_error(struct book *book, struct diags *diags, const char *doing)
{
	int code = sqlite3_errcode(book->database);
	if (code == SQLITE_FULL)
		return diags_error(diags, "%s: the disk is full; nothing was changed", book->path);
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		return diags_error(diags, "%s is damaged (%s)", book->path, sqlite3_errmsg(book->database));
	if (code == SQLITE_BUSY)
		return diags_error(diags, "%s: another grader is writing to it for a long time", book->path);
	if (code == SQLITE_READONLY || code == SQLITE_PERM || code == SQLITE_CANTOPEN)
		return diags_error(diags, "%s cannot be written: %s", book->path, sqlite3_errmsg(book->database));
	return diags_error(diags, "%s: %s: %s", book->path, doing, sqlite3_errmsg(book->database));
}

static bool parameters_bind(sqlite3_stmt *statement, const char *types, va_list arguments)
{
	int status = SQLITE_OK;
	for (int at = 1; *types != '\0' && status == SQLITE_OK; at++, types++) {
		const struct text *bytes;
		switch (*types) {
		case 't':
			status = sqlite3_bind_text(statement, at, va_arg(arguments, const char *), -1, SQLITE_TRANSIENT);
			break;
		case 'i':
			status = sqlite3_bind_int64(statement, at, va_arg(arguments, int64_t));
			break;
		case 'd':
			status = sqlite3_bind_double(statement, at, va_arg(arguments, double));
			break;
		case 'b':
			bytes = va_arg(arguments, const struct text *);
			status = sqlite3_bind_blob64(statement, at, text_string(bytes), bytes->length, SQLITE_STATIC);
			break;
		}
	}
	return status == SQLITE_OK;
}

static sqlite3_stmt *prepare(struct book *book, struct diags *diags, const char *sql, const char *types,
                             va_list arguments)
{
	sqlite3_stmt *statement = finished_find(book, sql);
	if ((statement != NULL || sqlite3_prepare_v2(book->database, sql, -1, &statement, NULL) == SQLITE_OK) &&
	    parameters_bind(statement, types, arguments))
		return statement;
	book_error(book, diags, "preparing");
	sqlite3_finalize(statement);
	return NULL;
}

sqlite3_stmt *book_query(struct book *book, struct diags *diags, const char *sql, const char *types, ...)
{
	va_list arguments;
	va_start(arguments, types);
	sqlite3_stmt *statement = prepare(book, diags, sql, types, arguments);
	va_end(arguments);
	return statement;
}

int book_step(struct book *book, sqlite3_stmt *statement, struct diags *diags)
{
	if (statement == NULL)
		return -1;
	int status = sqlite3_step(statement);
	if (status == SQLITE_ROW)
		return 1;
	if (status == SQLITE_DONE)
		return 0;
	book_error(book, diags, "reading");
	return -1;
}

bool book_run(struct book *book, struct diags *diags, const char *sql, const char *types, ...)
{
	va_list arguments;
	va_start(arguments, types);
	STATEMENT_AUTO statement = prepare(book, diags, sql, types, arguments);
	va_end(arguments);
	return statement != NULL && book_step(book, statement, diags) == 0;
}

bool book_lasting(struct book *book, bool lasting, struct diags *diags)
{
	return book_run(book, diags, lasting ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", "");
}

bool book_begin(struct book *book, struct diags *diags)
{
	return book_run(book, diags, "BEGIN IMMEDIATE", "");
}

bool book_end(struct book *book, bool good, struct diags *diags)
{
	if (good && book_run(book, diags, "COMMIT", ""))
		return true;
	if (sqlite3_get_autocommit(book->database) == 0)
		sqlite3_exec(book->database, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

const char *column_text(sqlite3_stmt *statement, int column, struct arena *arena)
{
	const void *bytes = sqlite3_column_text(statement, column);
	if (bytes == NULL)
		return NULL;
	return arena_copy(arena, bytes, (size_t)sqlite3_column_bytes(statement, column));
}

bool column_blob(struct book *book, sqlite3_stmt *statement, int column, struct text *text, const char *what,
                 struct diags *diags)
{
	const void *packed = sqlite3_column_blob(statement, column);
	size_t packed_length = (size_t)sqlite3_column_bytes(statement, column);
	int64_t length = sqlite3_column_int64(statement, column + 1);
	if (length < 0 || length > (int64_t)BLOB_BYTES || !unpacked_add(text, packed, packed_length, (size_t)length))
		return diags_error(diags, "%s is damaged: %s cannot be read", book->path, what);
	return true;
}
