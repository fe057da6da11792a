#include "cli/post.h"

#include "lms/http.h"
#include "lms/schedule.h"

#include <stdio.h>

struct effort *posting_effort(struct posting *posting, int64_t id)
{
	for (size_t i = 0; i < posting->effort_count; i++) {
		if (posting->efforts[i].id == id)
			return &posting->efforts[i];
	}
	posting->efforts = arena_grow(posting->arena, posting->efforts, &posting->effort_capacity,
	                              posting->effort_count + 1, sizeof(struct effort));
	posting->efforts[posting->effort_count] = (struct effort){.id = id};
	return &posting->efforts[posting->effort_count++];
}

void posting_change(struct posting *posting, const struct outbox_entry *entry, struct outbox_change *change)
{
	if (outbox_change(posting->book, entry->id, change, http_now(), posting->diags)) {
		posting_tell(posting, entry, change);
		return;
	}
	posting->deferred = true;
	snprintf(posting->why, sizeof(posting->why), "the gradebook could not be written");
}

void posting_failed(struct posting *posting, const struct decision *decision)
{
	int64_t wait = schedule_backoff(posting->failures, posting->target->backoff_ms, posting_random());
	if (decision->wait_ms > wait)
		wait = decision->wait_ms;
	posting->not_before_ms = http_now() + wait;
	posting->failures++;
	snprintf(posting->why, sizeof(posting->why), "%s", decision->reason);
	if (decision->act == ACT_STOP)
		posting->stopped = true;
	else if (posting->failures >= SCHEDULE_TRIES || wait > posting->target->wait_ms)
		posting->deferred = true;
}
