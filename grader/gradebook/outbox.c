#include "gradebook/outbox.h"

#include "gradebook/outbox_rows.h"
#include "gradebook/sql.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

NAMES_DEFINE(outbox_state, OUTBOX_STATES)

/* ?1 is the target.  The value last verified is that of the key on the target, whatever version it was. */
#define ENTRY_COLUMNS                                                                                                  \
	"SELECT o.id, o.student, s.name, o.\"column\", o.version, o.run, o.points, o.max_points, o.comment, o.state,"      \
	" o.version = (SELECT max(n.version) FROM outbox n WHERE n.student = o.student AND n.\"column\" = o.\"column\"),"  \
	" o.attempts, o.next_at_ms, o.graded_at_ms, o.first_sent_ms, o.uuid, o.target, o.last_status, o.last_error,"       \
	" o.before_state, o.before_points, o.after_state, o.after_points,"                                                 \
	" coalesce(i.lms_user, s.lms_user), v.after_state, v.after_points"                                                 \
	" FROM outbox o JOIN students s ON s.key = o.student"                                                              \
	" LEFT JOIN identities i ON i.student = o.student AND i.target = ?1"                                               \
	" LEFT JOIN outbox v ON v.id = (SELECT l.id FROM outbox l WHERE l.student = o.student"                             \
	"  AND l.\"column\" = o.\"column\" AND l.target = ?1 AND l.verified_at_ms > 0"                                     \
	"  ORDER BY l.verified_at_ms DESC, l.version DESC LIMIT 1)"

static struct outbox_value value_read(sqlite3_stmt *statement, int column)
{
	int state = sqlite3_column_int(statement, column);
	struct outbox_value value = {.known = state != 0, .there = state == 2};
	if (value.there)
		value.points = sqlite3_column_double(statement, column + 1);
	return value;
}

enum outbox_state outbox_state_of(const char *word)
{
	size_t at = 0;
	while (outbox_state_words[at] != NULL && word != NULL && strcmp(outbox_state_words[at], word) != 0)
		at++;
	return (enum outbox_state)at;
}

static void entry_read(sqlite3_stmt *statement, struct outbox_entry *entry, bool target, struct arena *arena)
{
	*entry = (struct outbox_entry){
		.id = sqlite3_column_int64(statement, 0),
		.student = column_text(statement, 1, arena),
		.name = column_text(statement, 2, arena),
		.column = column_text(statement, 3, arena),
		.version = sqlite3_column_int64(statement, 4),
		.run = sqlite3_column_int64(statement, 5),
		.points = sqlite3_column_double(statement, 6),
		.max_points = sqlite3_column_double(statement, 7),
		.comment = column_text(statement, 8, arena),
		.state = outbox_state_of((const char *)sqlite3_column_text(statement, 9)),
		.newest = sqlite3_column_int(statement, 10) != 0,
		.attempts = (unsigned)sqlite3_column_int64(statement, 11),
		.next_at_ms = sqlite3_column_int64(statement, 12),
		.graded_at_ms = sqlite3_column_int64(statement, 13),
		.first_sent_ms = sqlite3_column_int64(statement, 14),
		.target = column_text(statement, 16, arena),
		.last_status = sqlite3_column_int(statement, 17),
		.last_error = column_text(statement, 18, arena),
		.before = value_read(statement, 19),
		.after = value_read(statement, 21),
		.lms_user = target ? column_text(statement, 23, arena) : NULL,
		.verified = value_read(statement, 24),
	};
	snprintf(entry->uuid, sizeof(entry->uuid), "%s", (const char *)sqlite3_column_text(statement, 15));
}

bool outbox_list(struct book *book, const struct outbox_filter *filter, struct outbox_entry **list, size_t *count,
                 struct arena *arena, struct diags *diags)
{
	size_t capacity = 0;
	*list = NULL;
	*count = 0;
	STATEMENT_AUTO statement =
		book_query(book, diags,
	               ENTRY_COLUMNS " WHERE (?2 IS NULL OR o.\"column\" = ?2) AND (?3 IS NULL OR o.student = ?3)"
	                             " ORDER BY o.student, o.\"column\", o.version",
	               "ttt", filter->target, filter->column, filter->student);
	int more;
	while ((more = book_step(book, statement, diags)) == 1) {
		enum outbox_state state = outbox_state_of((const char *)sqlite3_column_text(statement, 9));
		if ((filter->states != 0 && (filter->states & 1u << state) == 0) ||
		    (filter->newest && sqlite3_column_int(statement, 10) == 0))
			continue;
		*list = arena_grow(arena, *list, &capacity, *count + 1, sizeof(**list));
		entry_read(statement, &(*list)[(*count)++], filter->target != NULL, arena);
	}
	return more == 0;
}

int outbox_get(struct book *book, int64_t id, const char *target, struct outbox_entry *entry, struct arena *arena,
               struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(book, diags, ENTRY_COLUMNS " WHERE o.id = ?2", "ti", target, id);
	int row = book_step(book, statement, diags);
	if (row == 1)
		entry_read(statement, entry, target != NULL, arena);
	return row;
}

/* States in flight, spelled as the index outbox_in_flight has them, so that it is used. */
#define IN_FLIGHT "o.state IN ('sending','unknown','sent')"
/* Queued ones, newest, and alone. */
#define WAITING                                                                                                        \
	"o.state = 'queued' AND NOT EXISTS (SELECT 1 FROM outbox f WHERE f.student = o.student"                            \
	" AND f.\"column\" = o.\"column\" AND f.id <> o.id"                                                                \
	" AND (f.version > o.version OR f.state IN ('sending','unknown','sent')))"

static int entry_first(struct book *book, const char *sql, const char *target, const char *column, int64_t now_ms,
                       struct outbox_entry *entry, struct arena *arena, struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(book, diags, sql, "tti", target, column, now_ms);
	int row = book_step(book, statement, diags);
	if (row == 1)
		entry_read(statement, entry, target != NULL, arena);
	return row;
}

int outbox_next(struct book *book, const char *target, const char *column, int64_t now_ms, struct outbox_entry *entry,
                struct arena *arena, struct diags *diags)
{
	static const char *const queries[] = {
		ENTRY_COLUMNS " WHERE o.\"column\" = ?2 AND " IN_FLIGHT
					  " AND (o.state = 'sending' OR (o.state = 'unknown' AND o.next_at_ms <= ?3))"
					  " ORDER BY o.state = 'unknown', o.next_at_ms, o.student, o.id LIMIT 1",
		ENTRY_COLUMNS " WHERE o.\"column\" = ?2 AND o.next_at_ms <= ?3 AND " WAITING
					  " ORDER BY o.next_at_ms, o.student, o.id LIMIT 1",
		ENTRY_COLUMNS " WHERE o.\"column\" = ?2 AND ?3 IS NOT NULL AND " IN_FLIGHT " AND o.state = 'sent'"
					  " ORDER BY o.student, o.id LIMIT 1",
	};
	int row = 0;
	for (size_t i = 0; row == 0 && i < sizeof(queries) / sizeof(queries[0]); i++)
		row = entry_first(book, queries[i], target, column, now_ms, entry, arena, diags);
	return row;
}

int outbox_due(struct book *book, const char *column, int64_t *at_ms, struct diags *diags)
{
	STATEMENT_AUTO statement =
		book_query(book, diags,
	               "SELECT min(CASE WHEN o.state IN ('sending','sent') THEN 0 ELSE o.next_at_ms END) FROM outbox o"
	               " WHERE o.\"column\" = ?1 AND (" IN_FLIGHT " OR (" WAITING "))",
	               "t", column);
	int row = book_step(book, statement, diags);
	if (row != 1)
		return row;
	if (sqlite3_column_type(statement, 0) == SQLITE_NULL)
		return 0;
	*at_ms = sqlite3_column_int64(statement, 0);
	return 1;
}

bool outbox_count(struct book *book, const char *column, size_t counts[OUTBOX_SUPERSEDED + 1], struct diags *diags)
{
	memset(counts, 0, (OUTBOX_SUPERSEDED + 1) * sizeof(counts[0]));
	STATEMENT_AUTO statement =
		book_query(book, diags,
	               "SELECT o.state, count(*) FROM outbox o WHERE (?1 IS NULL OR o.\"column\" = ?1) AND NOT EXISTS"
	               " (SELECT 1 FROM outbox n WHERE n.student = o.student AND n.\"column\" = o.\"column\""
	               "  AND n.version > o.version) GROUP BY o.state",
	               "t", column);
	int more;
	while ((more = book_step(book, statement, diags)) == 1) {
		enum outbox_state state = outbox_state_of((const char *)sqlite3_column_text(statement, 0));
		if (state <= OUTBOX_SUPERSEDED)
			counts[state] = (size_t)sqlite3_column_int64(statement, 1);
	}
	return more == 0;
}

int outbox_lock(struct book *book, const char *target, struct diags *diags)
{
	TEXT_AUTO path = {0};
	text_printf(&path, "%s.post-", book_path(book));
	for (const char *at = target; *at != '\0'; at++) {
		bool plain =
			(*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') || *at == '-';
		text_printf(&path, plain ? "%c" : "_%02x", (unsigned char)*at);
	}
	int fd = open(text_string(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		diags_errno(diags, "%s", text_string(&path));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		diags_error(diags, "another grader is posting to %s from %s; it has to end first", target, book_path(book));
	else
		diags_errno(diags, "locking %s", text_string(&path));
	close(fd);
	return -1;
}
