/* What an answer, or none, means for what was sent: one decision for each outcome. */
#pragma once

#include "model/names.h"

#include <stdbool.h>
#include <stdint.h>

struct http_reply;
struct secret;
struct text;

#define ACTS(X)                                                                                                        \
	X(ACT_DONE, "done") /* a read that succeeded; a receiver that cannot be read back took it */                       \
	X(ACT_CONFIRM, "read back") /* 2xx: proves nothing until read back */                                              \
	X(ACT_UNKNOWN, "unknown") /* it may have been applied: read back, then the same body again */                      \
	X(ACT_OUTDATED, "outdated") /* the platform has a stamp that is not older: read back, then a new stamp */          \
	X(ACT_AGAIN, "again") /* nothing has happened: later again */                                                      \
	X(ACT_FAULT, "server fault") /* 500: a few times again, then dead */                                               \
	X(ACT_WAIT, "wait") /* the whole target waits */                                                                   \
	X(ACT_TOKEN, "new token") /* once */                                                                               \
	X(ACT_ABSENT, "absent") /* the student is not there, or the column is not: the next look at the column tells */    \
	X(ACT_DEAD, "dead") /* this score will never be taken */                                                           \
	X(ACT_STOP, "stop") /* nothing will be taken before somebody changes the configuration */
NAMES_DECLARE(act, ACTS)

enum { DECISION_REASON = 400 };

struct decision {
	enum act act;
	int64_t wait_ms; /* ACT_WAIT: what the server asked for; 0: nothing */
	int status;
	bool applied; /* ACT_CONFIRM: not 202, which promises only to apply it */
	char reason[DECISION_REASON]; /* for people, without secrets; "" when all is well */
};

/* By outcome and status, for a write; what only one platform says is refined by its backend before or after. */
struct decision decide_write(const struct http_reply *);
/* The same for a read: ACT_DONE for 200, 201, 203 and 204 with something that is no page. */
struct decision decide_read(const struct http_reply *);
/* A decision with a reason in printf's manner. */
struct decision decision_of(enum act, const struct http_reply *, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What the server said, in a few words: from a JSON error envelope, else the reason phrase. */
void reply_words(const struct http_reply *, struct text *out);
