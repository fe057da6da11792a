/* Private to gradebook/: SQLite, wrapped so that an error is always told. */
#pragma once

#include "gradebook/book.h"

#include <sqlite3.h>
#include <stdarg.h>

struct text;
struct compact_form;

struct book {
	sqlite3 *database;
	char *path, *who; /* owned; `who` may be NULL */
	/* The form of the recording that was read last: mostly all have the same. */
	int64_t form_number;
	struct compact_form *form; /* NULL: none yet */
	struct arena *form_arena; /* owned; NULL */
};

/* A statement that is finished at the end of its scope: it is kept, prepared, for the next query of the same words. */
void statement_finish(sqlite3_stmt **);
#define STATEMENT_AUTO __attribute__((cleanup(statement_finish))) sqlite3_stmt *

/* Closes it with all statements that were kept; NULL does nothing. */
void database_close(sqlite3 *);

/* A statement ready to step, and stepped before another of the same words is asked for; NULL with `diags`.  `types` has a letter for each parameter: t `const char *` (NULL is
 * NULL), i int64_t, d double, b `const struct text *` (bytes, which must outlive the statement). */
sqlite3_stmt *book_query(struct book *, struct diags *, const char *sql, const char *types, ...);
/* 1: a row is there; 0: no more; -1 with `diags`. */
int book_step(struct book *, sqlite3_stmt *, struct diags *);
/* Runs a statement that gives no rows. */
bool book_run(struct book *, struct diags *, const char *sql, const char *types, ...);
/* Adds SQLite's message; false. */
bool book_error(struct book *, struct diags *, const char *doing);

/* Outside a transaction: whether commits from now on outlast a power failure (they do unless said), or only this process's
 * death.  The next lasting commit makes those before it last too. */
bool book_lasting(struct book *, bool lasting, struct diags *);
/* Takes the write lock at once, so that what is read next cannot change before the commit. */
bool book_begin(struct book *, struct diags *);
/* Commits when `good`, else rolls back; returns whether it is committed. */
bool book_end(struct book *, bool good, struct diags *);

/* A copy of a column in the arena; NULL when it is NULL. */
const char *column_text(sqlite3_stmt *, int column, struct arena *);

/* Unpacks a column whose length is in the next one, which are at most BLOB_BYTES; false with `diags`, which call it `what`. */
bool column_blob(struct book *, sqlite3_stmt *, int column, struct text *, const char *what, struct diags *);
#define BLOB_BYTES ((size_t)512 << 20)

/* Inside a transaction. */
bool audit_add(struct book *, const struct audit_entry *, struct diags *);
