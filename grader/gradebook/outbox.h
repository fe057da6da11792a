/* Scores on their way to a learning platform: at least once, and done only when read back.
 *
 * Each (student, column) is a key; each new score of a key is a *version* from 1.  A version enters as `queued` in the
 * transaction that stores its result, and makes older versions that were never sent (queued, blocked, dead) `superseded`.
 *
 *   queued ──claim──► sending ──► sent ──► verified        (answer 2xx, then read back and equal)
 *                        │  │       └────► blocked, dead   (read back and something else; see `last_error`)
 *                        │  └─► unknown ─► verified        (no answer: read back says it was applied)
 *                        │         └─────► queued          (read back says it was not: the same body, stamp and UUID again)
 *                        └─► queued (a retry is due at next_at), blocked, dead
 *   blocked, dead ──outbox_retry──► queued
 *   sending, sent, unknown ──► superseded                  (read back, not applied, and a newer version waits)
 *
 * A poster that died leaves `sending` or `sent` behind, and who takes them reads back before anything else: outbox_next
 * gives `sending` first, and `sent` last, so that many are read back at once.  One version of a key is in flight at a
 * time.
 *
 *   lock = outbox_lock(book, "canvas", …)
 *   while (outbox_next(book, "canvas", "lab1", now, &entry, …) == 1)
 *           if (entry.state != OUTBOX_QUEUED)  read back; outbox_change(…verified | queued | superseded…)
 *           else                               outbox_claim(…); send; outbox_change(…sent | unknown | queued…);
 *                                              read back; outbox_change(…verified | blocked…)
 *
 * What is a secret never enters: last_error is cut to OUTBOX_ERROR_BYTES, and the caller takes tokens out of it. */
#pragma once

#include "model/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct book;
struct diags;

#define OUTBOX_STATES(X)                                                                                               \
	X(OUTBOX_QUEUED, "queued")                                                                                         \
	X(OUTBOX_SENDING, "sending")                                                                                       \
	X(OUTBOX_UNKNOWN, "unknown")                                                                                       \
	X(OUTBOX_SENT, "sent")                                                                                             \
	X(OUTBOX_VERIFIED, "verified")                                                                                     \
	X(OUTBOX_BLOCKED, "blocked")                                                                                       \
	X(OUTBOX_DEAD, "dead")                                                                                             \
	X(OUTBOX_SUPERSEDED, "superseded")
NAMES_DECLARE(outbox_state, OUTBOX_STATES)

enum { OUTBOX_ERROR_BYTES = 500, OUTBOX_COMMENT_BYTES = 16000, OUTBOX_UUID = 37 };
/* The least distance between the stamps of two versions of a key: platforms refuse equal seconds. */
#define OUTBOX_STAMP_STEP_MS INT64_C(1000)

/* A value in the platform's column. */
struct outbox_value {
	bool known; /* it was read; else `points` says nothing */
	bool there; /* the column has a value; false: it is empty */
	double points; /* on the platform's scale */
};

/* One version of a score.  Strings live in the caller's arena; NULL members are not known. */
struct outbox_entry {
	int64_t id;
	const char *student; /* key: book_students has the person */
	const char *name; /* display name */
	const char *column;
	int64_t version; /* from 1 within (student, column) */
	int64_t run; /* what the score was made from: id in the book */
	double points, max_points;
	const char *comment; /* text that the student may read */
	enum outbox_state state;
	bool newest; /* no higher version of the key */
	unsigned attempts; /* claims so far */
	int64_t next_at_ms; /* not before this; 0: at once */
	int64_t graded_at_ms; /* the score's timestamp: strictly rising within the key, by OUTBOX_STAMP_STEP_MS or more */
	int64_t first_sent_ms; /* 0: never claimed */
	char uuid[OUTBOX_UUID]; /* idempotency key: the same for every attempt with the same stamp */
	const char *target; /* name of the target that claimed it last */
	int last_status; /* HTTP; 0: none */
	const char *last_error;
	struct outbox_value before, after; /* in the platform: before the last attempt, and as read back */
	/* Of the target that was asked for (outbox_list and outbox_next with a target; else unknown): */
	const char *lms_user; /* the student's id there; NULL: not mapped */
	struct outbox_value
		verified; /* what was last read back and verified of this key on that target, whatever version */
};

/* Which entries outbox_list gives; zero: all. */
struct outbox_filter {
	const char *target; /* fills `lms_user` and `verified`; does not choose entries */
	const char *column, *student; /* NULL: any */
	unsigned states; /* 1u << enum outbox_state; 0: any */
	bool newest; /* the newest version of each key only */
};

/* Ordered by student, column, version.  False with `diags`. */
bool outbox_list(struct book *, const struct outbox_filter *, struct outbox_entry **, size_t *count, struct arena *,
                 struct diags *);
/* One entry by id: 1, 0 when there is none, -1 with `diags`. */
int outbox_get(struct book *, int64_t id, const char *target, struct outbox_entry *, struct arena *, struct diags *);

/* The next entry of the column to work on at `now_ms`: first what a dead poster left (sending), then unknown, then
 * queued ones that are due, then sent ones.  A queued entry is given only when it is its key's newest and no other
 * version of the key is in flight.  1, 0 when nothing is due, -1 with `diags`.  Nothing is changed: two calls give the
 * same entry until it is claimed or changed. */
int outbox_next(struct book *, const char *target, const char *column, int64_t now_ms, struct outbox_entry *,
                struct arena *, struct diags *);
/* When the next entry of the column will be due: 1 with *at_ms (not after now: something is due), 0 when none waits, -1
 * with `diags`. */
int outbox_due(struct book *, const char *column, int64_t *at_ms, struct diags *);

/* Before the first byte goes out: queued becomes sending, one more attempt, `before` is noted, one audit line.  1; 0 when
 * the entry is not queued any more, not its key's newest, or another version of the key is in flight (somebody was
 * faster); -1 with `diags`. */
int outbox_claim(struct book *, int64_t id, const char *target, const struct outbox_value *before, bool forced,
                 int64_t now_ms, struct diags *);

/* What an attempt came to. */
struct outbox_change {
	enum outbox_state state;
	const char *target;
	int status; /* HTTP; 0: none */
	const char *error; /* why it is not verified; cut to OUTBOX_ERROR_BYTES; NULL: none */
	struct outbox_value before, after; /* kept as they are where not `known` */
	int64_t next_at_ms; /* queued, unknown: not before this */
	/* 0: keep.  Else a later stamp (a platform has a newer one); it must be larger than every stamp of the key, and the
	 * entry gets a new UUID, because the body changes.  Only with `queued`. */
	int64_t graded_at_ms;
	bool forced; /* for the audit log */
};

/* One transition and its audit line, in one transaction: whole or not at all, and lasting once the next claim is (or the
 * book is closed).  False with `diags` for a transition that the picture above
 * does not have, which is a mistake of the caller. */
bool outbox_change(struct book *, int64_t id, const struct outbox_change *, int64_t now_ms, struct diags *);
/* `post --retry`: newest versions that are blocked or dead are queued again, due now, attempts 0; also those unknown or
 * queued for later are due now.  `column` and `student` NULL: all.  *count says how many. */
bool outbox_retry(struct book *, const char *column, const char *student, int64_t now_ms, size_t *count,
                  struct diags *);

/* How many newest versions of the column (NULL: all) stand in each state. */
bool outbox_count(struct book *, const char *column, size_t counts[OUTBOX_SUPERSEDED + 1], struct diags *);

/* Takes the target for this process, so that no two post to it at once: flock(2) on a file beside the book.  The
 * descriptor, or -1 with `diags` (EWOULDBLOCK: "another grader is posting to …"); closing it gives the target back. */
int outbox_lock(struct book *, const char *target, struct diags *);
