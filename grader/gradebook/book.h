/* A course's gradebook: one SQLite file, written ahead (WAL) and durable at each commit (synchronous FULL).
 *
 * Nothing is ever lost or changed behind a person's back: results and scores are only added, each with the digest of the
 * spec that made it, and the audit log cannot be changed (triggers refuse it).  A file that is no gradebook, is damaged, or was
 * written by a newer grader is refused before anything in it is touched.
 *
 * Every function that changes something is one transaction: it is there whole, or not at all.  Several processes may have
 * the same book open; each waits for the other's transaction.  A struct book is of one process: after fork(2) the child
 * opens its own.  All times are milliseconds since 1970 and come from the caller. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct diags;
struct book;

#define BOOK_FORMAT 3 /* PRAGMA user_version */
#define BOOK_APPLICATION 0x67726462 /* PRAGMA application_id: "grdb" */

enum book_access {
	BOOK_READ, /* the file must be there; nothing is written, not even a migration */
	BOOK_WRITE, /* the file must be there */
	BOOK_CREATE, /* made when it is not there */
	BOOK_AGAIN, /* as BOOK_WRITE, by a child of a process that has it open: it is not looked over once more */
};

/* `who` stands in the audit log beside what this book does: "ada (uid 1000)".  NULL with `diags`. */
struct book *book_open(const char *path, enum book_access, const char *who, struct diags *);
/* NULL is allowed. */
void book_close(struct book *);
/* As it was given to book_open. */
const char *book_path(const struct book *);

/* One line of the audit log.  NULL members are not known. */
struct audit_entry {
	int64_t id, at_ms; /* `id` rises by one from line to line */
	const char *who, *action; /* "graded", "regraded", "queued", "sending", "verified", "identity", … */
	const char *student, *target, *column;
	const char *before, *after; /* as text: "7 of 10" */
	const char *detail;
	bool forced;
	const char *uuid; /* of the outbox entry */
};

/* Adds a line (id and who are filled in by the book). */
bool book_audit(struct book *, const struct audit_entry *, struct diags *);
/* Oldest first; `student` NULL: everybody's.  Strings live in the arena. */
bool book_audit_list(struct book *, const char *student, struct audit_entry **, size_t *count, struct arena *,
                     struct diags *);
