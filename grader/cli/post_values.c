#include "cli/post.h"

#include "lms/backend.h"
#include "lms/compare.h"
#include "lms/http.h"

#include <stdio.h>

/* How long values are taken for what stands there, and which part of that time reading them again may take. */
enum { VALUES_FRESH_MS = 30000, VALUES_SHARE = 20 };
/* So many scores wait at least to be read back together, and twice as many as the list has pages. */
enum { CONFIRM_LEAST = 100, CONFIRM_PAGES = 2 };

bool posting_values_read(struct posting *posting)
{
	unsigned before = posting->connection.requests;
	int64_t began_ms = http_now();
	struct decision decision = connection_read(&posting->connection, PURPOSE_VALUES, NULL, &posting->column);
	if (decision.act != ACT_DONE) {
		posting_failed(posting, &decision);
		return false;
	}
	posting->values_at_ms = http_now();
	posting->values_took_ms = posting->values_at_ms - began_ms;
	posting->values_requests = posting->connection.requests - before;
	return true;
}

/* By the list just read; what does not stand there as it was sent is looked at by itself. */
static void confirm_one(struct posting *posting, const struct outbox_entry *entry)
{
	const char *why;
	const char *user = posting_user(posting, entry, &why);
	const struct lms_value *value = user != NULL ? column_find(&posting->column, user) : NULL;
	double maximum = posting->column.maximum > 0 ? posting->column.maximum : entry->max_points;
	struct decision sent = {.act = ACT_CONFIRM, .applied = true, .status = entry->last_status};
	if (value == NULL || !value->there || !points_equal(value->points, posting_there(posting, entry), maximum)) {
		posting_settle(posting, entry, CAUSE_CONFIRM, &sent, 0);
		return;
	}
	struct outbox_change change = {.state = OUTBOX_VERIFIED,
	                               .target = posting->target->name,
	                               .status = entry->last_status,
	                               .after = {.known = true, .there = true, .points = value->points}};
	posting->failures = 0;
	posting_change(posting, entry, &change);
}

void posting_confirm(struct posting *posting)
{
	struct arena *arena = arena_create();
	struct outbox_filter filter = {
		.target = posting->target->name, .column = posting->target->column, .states = 1u << OUTBOX_SENT};
	struct outbox_entry *list;
	size_t count;
	bool good = outbox_list(posting->book, &filter, &list, &count, arena, posting->diags);
	if (!good)
		posting->deferred = true;
	/* A few are looked at one by one. */
	bool one_by_one = count < posting->values_requests;
	struct decision sent = {.act = ACT_CONFIRM, .applied = true};
	good = good && (one_by_one || posting_values_read(posting));
	for (size_t i = 0; good && i < count; i++) {
		good = !interrupted() && !posting->stopped && !posting->deferred && posting->not_before_ms <= http_now();
		if (!good)
			break;
		sent.status = list[i].last_status;
		if (one_by_one)
			posting_settle(posting, &list[i], CAUSE_CONFIRM, &sent, 0);
		else
			confirm_one(posting, &list[i]);
	}
	if (good)
		posting->sent = 0;
	arena_destroy(arena);
}

bool posting_values_fresh(struct posting *posting, const struct outbox_entry *entry)
{
	const char *why;
	const char *user = posting_user(posting, entry, &why);
	if (!posting->target->backend->reads || user == NULL)
		return true;
	bool many = posting->sent >= CONFIRM_LEAST && posting->sent >= CONFIRM_PAGES * posting->values_requests;
	bool old = http_now() - posting->values_at_ms >= VALUES_FRESH_MS;
	if (many || (old && posting->sent > posting->values_requests)) {
		posting_confirm(posting);
		return !posting->stopped && !posting->deferred && posting->sent == 0;
	}
	/* Where the list costs more than it is good for, one value is read. */
	if (old && posting->values_took_ms > VALUES_FRESH_MS / VALUES_SHARE)
		return posting_look(posting, user).act == ACT_DONE;
	return !old || posting_values_read(posting);
}
