#include "cli/post.h"

#include "lms/backend.h"
#include "lms/http.h"
#include "lms/schedule.h"

#include <stdio.h>
#include <string.h>

static void put_back(struct posting *posting, const struct outbox_entry *entry, enum outbox_state state,
                     const struct decision *decision, int64_t next_at_ms)
{
	struct outbox_change change = {.state = state,
	                               .target = posting->target->name,
	                               .status = decision->status,
	                               .error = decision->reason,
	                               .next_at_ms = next_at_ms};
	posting_change(posting, entry, &change);
}

/* Of the student and the column one is not there.  It is the student when others' scores are taken and the column can be
 * seen; as long as none was taken it may be either, and the score waits for the next one to tell. */
static struct decision absence_tell(struct posting *posting, const struct decision *decision)
{
	struct decision told = *decision;
	struct column column;
	if (!posting->taken) {
		told.act = posting->absences++ == 0 ? ACT_AGAIN : ACT_STOP;
		return told;
	}
	column_init(&column, posting->arena);
	told = connection_read(&posting->connection, PURPOSE_CHECK, NULL, &column);
	if (told.act != ACT_DONE)
		return told;
	told.act = ACT_DEAD;
	told.status = decision->status;
	snprintf(told.reason, sizeof(told.reason), "the platform has no such student (%d)", decision->status);
	return told;
}

/* What the answer to a write leads to. */
static void answered(struct posting *posting, const struct outbox_entry *entry, const struct decision *decision,
                     bool forced)
{
	struct effort *effort = posting_effort(posting, entry->id);
	struct outbox_change change = {.target = posting->target->name, .status = decision->status, .forced = forced};
	effort->tries++;
	switch (decision->act) {
	case ACT_DONE:
		posting->failures = 0;
		posting->taken = true;
		change.state = OUTBOX_VERIFIED;
		change.after = (struct outbox_value){.known = true, .there = true, .points = posting_there(posting, entry)};
		posting_change(posting, entry, &change);
		return;
	case ACT_CONFIRM:
		posting->failures = 0;
		posting->taken = true;
		change.state = OUTBOX_SENT;
		posting_change(posting, entry, &change);
		/* 202 has to be waited for; the others are read back together. */
		if (decision->applied)
			posting->sent++;
		else
			posting_settle(posting, entry, CAUSE_CONFIRM, decision, 0);
		return;
	case ACT_OUTDATED:
		change.state = OUTBOX_UNKNOWN;
		posting_change(posting, entry, &change);
		posting_settle(posting, entry, CAUSE_OUTDATED, decision, 0);
		return;
	case ACT_FAULT:
		/* Status 500 says nothing about whether it was applied. */
		effort->faults++;
		put_back(posting, entry, OUTBOX_UNKNOWN, decision, 0);
		return;
	case ACT_UNKNOWN:
		posting_failed(posting, decision);
		put_back(posting, entry, OUTBOX_UNKNOWN, decision, posting->not_before_ms);
		return;
	case ACT_AGAIN:
	case ACT_WAIT:
	case ACT_TOKEN:
	case ACT_ABSENT:
	case ACT_STOP:
		posting_failed(posting, decision);
		put_back(posting, entry, OUTBOX_QUEUED, decision, decision->act == ACT_STOP ? 0 : posting->not_before_ms);
		return;
	case ACT_DEAD:
		posting->failures = 0;
		change.state = OUTBOX_DEAD;
		change.error = decision->reason;
		posting_change(posting, entry, &change);
		return;
	}
}

/* The entry is not posted: it stands there already, or may not be. */
static void decline(struct posting *posting, const struct outbox_entry *entry, enum action action,
                    const struct outbox_value *before)
{
	const char *why;
	struct outbox_change change = {.state = action == ACTION_SAME ? OUTBOX_VERIFIED : OUTBOX_BLOCKED,
	                               .target = posting->target->name,
	                               .before = *before};
	if (action == ACTION_UNMAPPED) {
		posting_user(posting, entry, &why);
		change.error = why;
	} else if (action != ACTION_SAME) {
		change.error = action_reason(action);
	} else {
		change.after = *before;
	}
	posting_change(posting, entry, &change);
}

static void send_entry(struct posting *posting, struct outbox_entry *entry, const char *user,
                       const struct lms_value *now, const struct outbox_value *before, bool forced)
{
	const struct backend *backend = posting->target->backend;
	int claimed =
		outbox_claim(posting->book, entry->id, posting->target->name, before, forced, http_now(), posting->diags);
	if (claimed < 0) {
		posting->deferred = true;
		snprintf(posting->why, sizeof(posting->why), "the gradebook could not be written");
	}
	if (claimed != 1)
		return;
	if (before->known)
		entry->before = *before;
	entry->attempts++;
	bool known = backend->appends && value_has_comment(now, entry->comment) == SAID_YES;
	struct score score = {
		.user = user,
		.points = entry->points,
		.max_points = entry->max_points,
		.there = posting_there(posting, entry),
		.comment = known ? NULL : entry->comment,
		.stamp_ms = connection_theirs(&posting->connection, entry->graded_at_ms),
		.now_ms = connection_now(&posting->connection),
		.uuid = entry->uuid,
		.assignment = entry->column,
		.student = entry->student,
		.forced = forced,
	};
	struct decision decision = connection_write(&posting->connection, &score);
	if (decision.act == ACT_ABSENT)
		decision = absence_tell(posting, &decision);
	answered(posting, entry, &decision, forced);
}

static void post_entry(struct posting *posting, struct outbox_entry *entry)
{
	const char *why;
	bool forced;
	if (!posting_values_fresh(posting, entry))
		return;
	const char *user = posting_user(posting, entry, &why);
	const struct lms_value *now = user != NULL ? column_find(&posting->column, user) : NULL;
	bool there = now != NULL && now->there;
	struct outbox_value before = {
		.known = posting->target->backend->reads && user != NULL, .there = there, .points = there ? now->points : 0};
	enum action action = posting_action(posting, entry, &forced);
	int64_t ahead = entry->graded_at_ms - http_now();
	struct effort *effort = posting_effort(posting, entry->id);
	struct decision late = {.act = ACT_AGAIN};
	if (action != ACTION_SEND) {
		decline(posting, entry, action, &before);
	} else if (posting->target->backend->stamps && ahead > 0) {
		/* A stamp in the future would block every later score of this student. */
		snprintf(late.reason, sizeof(late.reason), "it was graded %lld s after now, by this host's clock",
		         (long long)(ahead / 1000));
		put_back(posting, entry, OUTBOX_QUEUED, &late, http_now() + ahead);
	} else if (entry->first_sent_ms > 0 && http_now() - entry->first_sent_ms > SCHEDULE_GIVE_UP_MS &&
	           effort->tries > 0) {
		snprintf(late.reason, sizeof(late.reason), "not taken within three days: %.300s",
		         entry->last_error != NULL ? entry->last_error : "");
		put_back(posting, entry, OUTBOX_DEAD, &late, 0);
	} else if (effort->tries >= SCHEDULE_TRIES) {
		snprintf(late.reason, sizeof(late.reason), "%u attempts in this run; left to the next: %.300s", effort->tries,
		         entry->last_error != NULL ? entry->last_error : "");
		put_back(posting, entry, OUTBOX_QUEUED, &late, http_now() + SCHEDULE_CAP_MS + posting->target->wait_ms);
	} else {
		send_entry(posting, entry, user, now, &before, forced);
	}
}

static void entry_work(struct posting *posting, struct outbox_entry *entry)
{
	struct decision nothing = {.act = ACT_UNKNOWN, .applied = true, .status = entry->last_status};
	snprintf(nothing.reason, sizeof(nothing.reason), "%s", entry->last_error != NULL ? entry->last_error : "");
	if (entry->state == OUTBOX_QUEUED)
		post_entry(posting, entry);
	else if (entry->state == OUTBOX_SENT)
		posting_confirm(posting);
	else
		posting_settle(posting, entry, CAUSE_UNKNOWN, &nothing, 0);
}

/* Waits for what is due next; false when there is nothing, or not within what this run waits. */
static bool due_wait(struct posting *posting)
{
	int64_t at_ms;
	if (outbox_due(posting->book, posting->target->column, &at_ms, posting->diags) != 1)
		return false;
	int64_t wait = at_ms - http_now();
	if (wait > posting->target->wait_ms)
		posting->deferred = true;
	else
		posting_sleep(wait + 1);
	return !posting->deferred;
}

void posting_work(struct posting *posting)
{
	while (!interrupted() && !posting->stopped && !posting->deferred) {
		struct outbox_entry entry;
		struct arena *arena = arena_create();
		posting_sleep(posting->not_before_ms - http_now());
		if (interrupted()) {
			arena_destroy(arena);
			break;
		}
		int found = outbox_next(posting->book, posting->target->name, posting->target->column, http_now(), &entry,
		                        arena, posting->diags);
		if (found == 1)
			entry_work(posting, &entry);
		arena_destroy(arena);
		if (found < 0)
			posting->deferred = true;
		if (found < 0 || (found == 0 && !due_wait(posting)))
			break;
	}
}
