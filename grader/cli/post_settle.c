#include "cli/post.h"

#include "lms/backend.h"
#include "lms/compare.h"
#include "lms/http.h"
#include "lms/schedule.h"

#include <stdio.h>
#include <string.h>

enum { RESTAMPS_MOST = 3, LOOKS = 2, STAMP_AHEAD_MS = 300000 };

static struct outbox_value as_value(const struct lms_value *value)
{
	return (struct outbox_value){.known = true,
	                             .there = value != NULL && value->there,
	                             .points = value != NULL && value->there ? value->points : 0};
}

/* What was read is what the next look at this student starts from. */
static void values_replace(struct posting *posting, const char *user, const struct lms_value *value)
{
	struct lms_value *kept = column_value(&posting->column, user);
	if (kept == NULL)
		return;
	struct lms_value fresh = value != NULL ? *value : (struct lms_value){.grader = GRADER_NOBODY};
	fresh.user = kept->user;
	*kept = fresh;
}

struct decision posting_look(struct posting *posting, const char *user)
{
	struct column column;
	column_init(&column, posting->arena);
	column.self = posting->column.self;
	column.known = column_find(&posting->column, user);
	struct decision read = connection_read(&posting->connection, PURPOSE_VALUE, user, &column);
	if (read.act == ACT_DONE)
		values_replace(posting, user, column_find(&column, user));
	else
		posting_failed(posting, &read);
	return read;
}

static const char *kept_reason(const struct posting *posting, const struct lms_value *value, double there)
{
	struct arena *arena = posting->arena;
	if (value == NULL || !value->there)
		return "the platform said yes and keeps nothing; is the user a student there?";
	const char *why = value->overridden ? " (overridden there)"
	                  : value->locked   ? " (locked there)"
	                  : there > value->points && value->maximum > 0 && points_equal(value->points, value->maximum, 1)
	                      ? " (its maximum)"
	                      : "";
	return arena_printf(arena, "the platform said yes and keeps %.7g%s", value->points, why);
}

static bool same_as_before(const struct outbox_entry *entry, const struct lms_value *value, double maximum)
{
	bool there = value != NULL && value->there;
	if (!entry->before.known || entry->before.there != there)
		return false;
	return !there || points_equal(entry->before.points, value->points, maximum);
}

/* A 2xx, and something else stands there. */
static void settle_kept(struct posting *posting, const struct outbox_entry *entry, const struct decision *decision,
                        const struct lms_value *value, struct outbox_change *change)
{
	if (decision->act == ACT_CONFIRM && !decision->applied) {
		/* 202: it promised to do it later. */
		struct effort *effort = posting_effort(posting, entry->id);
		change->state = effort->tries < SCHEDULE_TRIES ? OUTBOX_UNKNOWN : OUTBOX_BLOCKED;
		change->error = "accepted (202), but not there yet";
		change->next_at_ms = http_now() + posting->target->backoff_ms;
		return;
	}
	change->state = OUTBOX_BLOCKED;
	change->error = kept_reason(posting, value, posting_there(posting, entry));
}

static void settle_outdated(struct posting *posting, const struct outbox_entry *entry, const struct decision *decision,
                            const struct lms_value *value, struct outbox_change *change)
{
	int64_t now = connection_now(&posting->connection);
	int64_t theirs = value != NULL ? value->at_ms : 0;
	struct effort *effort = posting_effort(posting, entry->id);
	change->state = OUTBOX_BLOCKED;
	if (!same_as_before(entry, value, posting->column.maximum)) {
		change->error = "the platform has a newer grade than this one; somebody changed it meanwhile";
		return;
	}
	if (theirs > now + STAMP_AHEAD_MS || effort->restamps++ >= RESTAMPS_MOST) {
		change->error = "the platform holds a stamp in the future for this grade and refuses newer ones";
		return;
	}
	/* By the platform's clock. */
	int64_t stamp = connection_theirs(&posting->connection, entry->graded_at_ms) + OUTBOX_STAMP_STEP_MS;
	if (stamp < now)
		stamp = now;
	if (stamp < theirs + OUTBOX_STAMP_STEP_MS)
		stamp = theirs + OUTBOX_STAMP_STEP_MS;
	change->state = OUTBOX_QUEUED;
	change->graded_at_ms = connection_ours(&posting->connection, stamp);
	change->error = decision->reason;
}

/* Not applied, as far as one can see. */
static void settle_unknown(struct posting *posting, const struct outbox_entry *entry, const struct decision *decision,
                           const struct lms_value *value, struct outbox_change *change)
{
	struct effort *effort = posting_effort(posting, entry->id);
	change->state = OUTBOX_QUEUED;
	change->error = decision->reason[0] != '\0' ? decision->reason : NULL;
	if (value != NULL && (value->locked || value->overridden)) {
		change->state = OUTBOX_DEAD;
		change->error = action_reason(ACTION_LOCKED);
	} else if (effort->faults >= SCHEDULE_FAULTS) {
		change->state = OUTBOX_DEAD;
		change->error = "the server fails on this score each time (500); is the grade or the column locked?";
	} else if (effort->tries > 0) {
		change->next_at_ms =
			http_now() + schedule_backoff(effort->tries, posting->target->backoff_ms, posting_random());
	}
}

/* Whether an equal value shows that this score was applied: not when it stood there before, and a comment came with it. */
static bool shows(const struct posting *posting, const struct outbox_entry *entry, enum cause cause,
                  const struct lms_value *value)
{
	if (cause != CAUSE_UNKNOWN || !same_as_before(entry, value, posting->column.maximum))
		return true;
	enum said said = value_has_comment(value, entry->comment);
	return said == SAID_YES || (said == SAID_UNKNOWN && posting->target->backend->appends);
}

/* Without reading: the receiver knows the idempotency key. */
static void settle_blind(struct posting *posting, const struct outbox_entry *entry, const struct decision *decision)
{
	struct effort *effort = posting_effort(posting, entry->id);
	struct outbox_change change = {.state = entry->newest ? OUTBOX_QUEUED : OUTBOX_SUPERSEDED,
	                               .target = posting->target->name,
	                               .status = decision->status};
	if (effort->faults >= SCHEDULE_FAULTS) {
		change.state = OUTBOX_DEAD;
		change.error = "the receiver fails on this score each time (500)";
	}
	posting_change(posting, entry, &change);
}

void posting_settle(struct posting *posting, const struct outbox_entry *entry, enum cause cause,
                    const struct decision *decision, unsigned look)
{
	const char *why;
	const char *user = posting_user(posting, entry, &why);
	struct outbox_change change = {
		.state = OUTBOX_UNKNOWN, .target = posting->target->name, .status = decision->status};
	if (!posting->target->backend->reads) {
		settle_blind(posting, entry, decision);
		return;
	}
	if (user == NULL) {
		change.state = OUTBOX_BLOCKED;
		change.error = why;
		posting_change(posting, entry, &change);
		return;
	}
	struct decision read = posting_look(posting, user);
	if (read.act != ACT_DONE) {
		change.error = read.reason;
		change.next_at_ms = posting->not_before_ms;
		posting_change(posting, entry, &change);
		return;
	}
	posting->failures = 0;
	const struct lms_value *value = column_find(&posting->column, user);
	double maximum = posting->column.maximum > 0 ? posting->column.maximum : entry->max_points;
	bool equal = value != NULL && value->there && points_equal(value->points, posting_there(posting, entry), maximum);
	change.after = as_value(value);
	if (equal && shows(posting, entry, cause, value)) {
		change.state = OUTBOX_VERIFIED;
	} else if (!entry->newest) {
		change.state = OUTBOX_SUPERSEDED;
	} else if (cause == CAUSE_UNKNOWN) {
		settle_unknown(posting, entry, decision, value, &change);
	} else if (cause == CAUSE_OUTDATED) {
		settle_outdated(posting, entry, decision, value, &change);
	} else if (look + 1 < LOOKS && decision->applied) {
		/* What was written may show a moment later. */
		posting_sleep(schedule_backoff(1, posting->target->backoff_ms, posting_random()));
		posting_settle(posting, entry, cause, decision, look + 1);
		return;
	} else {
		settle_kept(posting, entry, decision, value, &change);
	}
	posting_change(posting, entry, &change);
}
