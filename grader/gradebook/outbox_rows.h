/* Private to gradebook/: how scores enter the outbox. */
#pragma once

#include "gradebook/outbox.h"

/* Past OUTBOX_SUPERSEDED for what is no state. */
enum outbox_state outbox_state_of(const char *word);

/* A version that is to enter. */
struct outbox_score {
	const char *student, *column;
	int64_t run;
	double points, max_points;
	const char *comment; /* NULL: none */
	const char *review; /* why a person has to look first: it enters as blocked; NULL */
	bool looked_at; /* a version that differs in `review` alone is the same: a person may have looked meanwhile */
};

/* Inside a transaction: the next version of the key, unless its newest version is the same score with the same comment.
 * False with `diags`. */
bool outbox_add(struct book *, const struct outbox_score *, int64_t now_ms, struct diags *);
/* A random UUID (RFC 9562, version 4). */
void uuid_make(char into[static OUTBOX_UUID]);
