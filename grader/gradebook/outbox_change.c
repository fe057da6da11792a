#include "gradebook/outbox.h"

#include "gradebook/outbox_rows.h"
#include "gradebook/sql.h"

#include "base/diag.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define TO(state) (1u << (state))

/* Rows: from; bits: to.  The picture in outbox.h. */
static unsigned ways(enum outbox_state from)
{
	switch (from) {
	case OUTBOX_QUEUED:
		return TO(OUTBOX_BLOCKED) | TO(OUTBOX_DEAD) | TO(OUTBOX_VERIFIED) | TO(OUTBOX_QUEUED);
	case OUTBOX_SENDING:
	case OUTBOX_SENT:
	case OUTBOX_UNKNOWN:
		return TO(OUTBOX_QUEUED) | TO(OUTBOX_UNKNOWN) | TO(OUTBOX_SENT) | TO(OUTBOX_VERIFIED) | TO(OUTBOX_BLOCKED) |
		       TO(OUTBOX_DEAD) | TO(OUTBOX_SUPERSEDED);
	case OUTBOX_VERIFIED:
		return TO(OUTBOX_BLOCKED);
	case OUTBOX_BLOCKED:
	case OUTBOX_DEAD:
		return TO(OUTBOX_BLOCKED) | TO(OUTBOX_DEAD) | TO(OUTBOX_VERIFIED);
	case OUTBOX_SUPERSEDED:
		return 0;
	}
	return 0;
}

void uuid_make(char into[static OUTBOX_UUID])
{
	unsigned char b[16];
	size_t filled = 0;
	while (filled < sizeof(b)) {
		ssize_t count = getrandom(b + filled, sizeof(b) - filled, 0);
		if (count > 0)
			filled += (size_t)count;
	}
	b[6] = (unsigned char)(0x40 | (b[6] & 0x0f));
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	snprintf(into, OUTBOX_UUID, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
	         b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* What an audit line says of an entry. */
struct told {
	char student[512], column[512], uuid[OUTBOX_UUID], before[64], after[64], detail[OUTBOX_ERROR_BYTES + 64];
	double points, max_points;
	enum outbox_state state;
};

/* 1, 0 when there is no such entry, -1 with `diags`. */
static int told_read(struct book *book, int64_t id, struct told *told, struct diags *diags)
{
	*told = (struct told){0};
	STATEMENT_AUTO statement = book_query(
		book, diags, "SELECT student, \"column\", uuid, points, max_points, state FROM outbox WHERE id = ?", "i", id);
	int row = book_step(book, statement, diags);
	if (row != 1)
		return row;
	snprintf(told->student, sizeof(told->student), "%s", (const char *)sqlite3_column_text(statement, 0));
	snprintf(told->column, sizeof(told->column), "%s", (const char *)sqlite3_column_text(statement, 1));
	snprintf(told->uuid, sizeof(told->uuid), "%s", (const char *)sqlite3_column_text(statement, 2));
	told->points = sqlite3_column_double(statement, 3);
	told->max_points = sqlite3_column_double(statement, 4);
	told->state = outbox_state_of((const char *)sqlite3_column_text(statement, 5));
	return 1;
}

static const char *value_text(char into[static 64], const struct outbox_value *value)
{
	if (!value->known)
		return NULL;
	if (!value->there)
		return "empty";
	snprintf(into, 64, "%.12g", value->points);
	return into;
}

static bool tell(struct book *book, struct told *told, const char *action, const char *target,
                 const struct outbox_value *before, const char *after, const char *error, bool forced, int64_t now_ms,
                 struct diags *diags)
{
	char value[64];
	snprintf(told->detail, sizeof(told->detail), "%.12g of %.12g%s%s", told->points, told->max_points,
	         error != NULL ? "; " : "", error != NULL ? error : "");
	struct audit_entry entry = {.at_ms = now_ms,
	                            .action = action,
	                            .student = told->student,
	                            .target = target,
	                            .column = told->column,
	                            .before = value_text(value, before),
	                            .after = after,
	                            .detail = told->detail,
	                            .forced = forced,
	                            .uuid = told->uuid};
	return audit_add(book, &entry, diags);
}

/* How a value stands in the row: 0 not known, 1 empty, 2 there. */
static int64_t value_state(const struct outbox_value *value)
{
	return value->known ? value->there ? 2 : 1 : 0;
}

static int claim(struct book *book, int64_t id, const char *target, const struct outbox_value *before, bool forced,
                 int64_t now_ms, struct diags *diags)
{
	static const struct outbox_value unread;
	struct told told;
	int there = told_read(book, id, &told, diags);
	if (there != 1)
		return there;
	if (before == NULL)
		before = &unread;
	if (!book_run(
			book, diags,
			"UPDATE outbox SET state = 'sending', target = ?2, attempts = attempts + 1,"
			" first_sent_ms = CASE first_sent_ms WHEN 0 THEN ?3 ELSE first_sent_ms END,"
			" before_state = CASE ?4 WHEN 0 THEN before_state ELSE ?4 END,"
			" before_points = CASE ?4 WHEN 0 THEN before_points ELSE ?5 END"
			" WHERE id = ?1 AND state = 'queued' AND NOT EXISTS (SELECT 1 FROM outbox f WHERE f.student = outbox.student"
			"  AND f.\"column\" = outbox.\"column\" AND f.id <> outbox.id"
			"  AND (f.version > outbox.version OR f.state IN ('sending','unknown','sent')))",
			"itiid", id, target, now_ms, value_state(before), before->points))
		return -1;
	if (sqlite3_changes(book->database) == 0)
		return 0;
	return tell(book, &told, "sending", target, before, NULL, NULL, forced, now_ms, diags) ? 1 : -1;
}

int outbox_claim(struct book *book, int64_t id, const char *target, const struct outbox_value *before, bool forced,
                 int64_t now_ms, struct diags *diags)
{
	if (!book_begin(book, diags))
		return -1;
	int claimed = claim(book, id, target, before, forced, now_ms, diags);
	bool kept = book_end(book, claimed == 1, diags);
	return claimed == 1 && !kept ? -1 : claimed;
}

/* A later stamp is larger than every stamp of the key; with it comes a new UUID. */
static bool restamp(struct book *book, int64_t id, int64_t stamp, struct diags *diags)
{
	char uuid[OUTBOX_UUID];
	uuid_make(uuid);
	if (!book_run(
			book, diags,
			"UPDATE outbox SET graded_at_ms = ?2, uuid = ?3 WHERE id = ?1 AND ?2 > (SELECT max(k.graded_at_ms) FROM outbox k"
			" WHERE k.student = outbox.student AND k.\"column\" = outbox.\"column\")",
			"iit", id, stamp, uuid))
		return false;
	if (sqlite3_changes(book->database) == 1)
		return true;
	return diags_error(diags, "outbox entry %lld: a stamp that is not later than those before it", (long long)id);
}

static bool change(struct book *book, int64_t id, const struct outbox_change *to, int64_t now_ms, struct diags *diags)
{
	struct told told;
	int there = told_read(book, id, &told, diags);
	if (there != 1)
		return there < 0 ? false : diags_error(diags, "there is no outbox entry %lld", (long long)id);
	if ((ways(told.state) & TO(to->state)) == 0 || (to->graded_at_ms != 0 && to->state != OUTBOX_QUEUED))
		return diags_error(diags, "outbox entry %lld cannot go from %s to %s", (long long)id,
		                   outbox_state_word(told.state), outbox_state_word(to->state));
	TEXT_AUTO error = {.ceiling = OUTBOX_ERROR_BYTES * 4 + 8};
	if (to->error != NULL)
		text_escaped(&error, to->error, strlen(to->error), OUTBOX_ERROR_BYTES - 3, false);
	const char *said = error.length > 0 ? text_string(&error) : NULL;
	bool good =
		book_run(book, diags,
	             "UPDATE outbox SET state = ?2, target = coalesce(?3, target), last_status = ?4, last_error = ?5,"
	             " next_at_ms = ?6, before_state = CASE ?7 WHEN 0 THEN before_state ELSE ?7 END,"
	             " before_points = CASE ?7 WHEN 0 THEN before_points ELSE ?8 END,"
	             " after_state = CASE ?9 WHEN 0 THEN after_state ELSE ?9 END,"
	             " after_points = CASE ?9 WHEN 0 THEN after_points ELSE ?10 END,"
	             " verified_at_ms = CASE ?2 WHEN 'verified' THEN ?11 ELSE verified_at_ms END WHERE id = ?1",
	             "ittitiididi", id, outbox_state_word(to->state), to->target, (int64_t)to->status, said, to->next_at_ms,
	             value_state(&to->before), to->before.points, value_state(&to->after), to->after.points, now_ms);
	char after[64];
	return good && (to->graded_at_ms == 0 || restamp(book, id, to->graded_at_ms, diags)) &&
	       tell(book, &told, outbox_state_word(to->state), to->target, &to->before, value_text(after, &to->after), said,
	            to->forced, now_ms, diags);
}

bool outbox_change(struct book *book, int64_t id, const struct outbox_change *to, int64_t now_ms, struct diags *diags)
{
	/* What a power failure takes of this the next poster finds out again: the entry is `sending` then, or as it was. */
	if (!book_lasting(book, false, diags))
		return false;
	bool good = book_begin(book, diags) && book_end(book, change(book, id, to, now_ms, diags), diags);
	return book_lasting(book, true, diags) && good;
}

static bool retry(struct book *book, const char *column, const char *student, int64_t now_ms, size_t *count,
                  struct diags *diags)
{
	/* A score that waits for a person's look goes only when that student is named. */
	if (!book_run(
			book, diags,
			"UPDATE outbox SET attempts = CASE WHEN state IN ('blocked','dead') THEN 0 ELSE attempts END,"
			" state = CASE WHEN state IN ('blocked','dead') THEN 'queued' ELSE state END, next_at_ms = 0, review = 0"
			" WHERE (?1 IS NULL OR \"column\" = ?1) AND (?2 IS NULL OR student = ?2)"
			" AND (state IN ('blocked','dead') OR (state IN ('queued','unknown') AND next_at_ms > 0))"
			" AND (review = 0 OR ?2 IS NOT NULL)"
			" AND version = (SELECT max(n.version) FROM outbox n WHERE n.student = outbox.student"
			"  AND n.\"column\" = outbox.\"column\")",
			"tt", column, student))
		return false;
	*count = (size_t)sqlite3_changes(book->database);
	char detail[64];
	snprintf(detail, sizeof(detail), "%zu entries", *count);
	struct audit_entry entry = {
		.at_ms = now_ms, .action = "retry", .student = student, .column = column, .detail = detail};
	return audit_add(book, &entry, diags);
}

bool outbox_retry(struct book *book, const char *column, const char *student, int64_t now_ms, size_t *count,
                  struct diags *diags)
{
	*count = 0;
	return book_begin(book, diags) && book_end(book, retry(book, column, student, now_ms, count, diags), diags);
}
