/* A target being talked to: token, clock and requests, one after the other. */
#pragma once

#include "base/text.h"
#include "lms/backend.h"
#include "lms/token.h"

struct arena;
struct diags;
struct http;

enum { READING_REQUESTS = 2000 };
#define SKEW_WARN_MS INT64_C(30000)
#define SKEW_REFUSE_MS INT64_C(300000)

struct connection {
	const struct target *target; /* borrowed; its secret is read */
	struct arena *arena; /* borrowed */
	struct http *http;
	EVP_PKEY *key; /* AGS */
	struct token token;
	struct text scopes; /* as granted */
	int64_t skew_ms; /* the platform's clock less ours, by the Date header: whole seconds */
	bool skew_known;
	unsigned requests; /* of reading so far */
};

/* Nothing is sent yet.  False with `diags`: a key or a file is not good. */
bool connection_open(struct connection *, const struct target *, struct arena *, struct diags *);
void connection_close(struct connection *);

/* All requests of a purpose, page by page.  For PURPOSE_VALUES the column's values are forgotten first.  ACT_DONE, or
 * ACT_AGAIN, ACT_WAIT (later), ACT_STOP. */
struct decision connection_read(struct connection *, enum purpose, const char *user, struct column *);
/* One write: never ACT_TOKEN, which has been tried. */
struct decision connection_write(struct connection *, const struct score *);
/* A token that is good now; ACT_DONE at once where the backend needs none. */
struct decision connection_token(struct connection *);
/* The platform's clock as well as it is known, never ahead of it by more than two seconds. */
int64_t connection_now(const struct connection *);
/* A moment of the local clock by the platform's, and back. */
int64_t connection_theirs(const struct connection *, int64_t ours_ms);
int64_t connection_ours(const struct connection *, int64_t theirs_ms);
/* Any answer at all from the target's address: for its certificate and its clock. */
struct decision connection_touch(struct connection *);
