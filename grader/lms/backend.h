/* Platforms: what to ask and what the answers mean, one file each, without effects.
 *
 * Reading goes in requests: `ask` makes the next one of a reading, `take` reads its answer into a column and says
 * whether there is more.  Writing is one request.  connection.c adds the bearer token and carries them. */
#pragma once

#include "lms/column.h"
#include "lms/decide.h"

#include <stdbool.h>
#include <stdint.h>

struct http_reply;
struct http_request;
struct target;

enum secret_kind { SECRET_TOKEN, SECRET_SHARED, SECRET_KEY };

enum purpose {
	PURPOSE_CHECK, /* the column itself: name, maximum, who we are */
	PURPOSE_MEMBERS, /* the people of the course */
	PURPOSE_VALUES, /* everybody's value */
	PURPOSE_VALUE, /* one user's value */
};

struct reading {
	enum purpose purpose;
	const char *user; /* PURPOSE_VALUE */
	unsigned step; /* which request, from 0; the backend counts it up */
	const char *next; /* the page that comes next, or where the next request starts; NULL: the first */
	bool end;
};

/* A score to be written. */
struct score {
	const char *user;
	double points, max_points; /* as graded */
	double there; /* on the column's scale */
	const char *comment; /* NULL: none, or it stands there already */
	int64_t stamp_ms; /* when it was graded: rises with each version */
	int64_t now_ms; /* of this attempt */
	const char *uuid;
	const char *assignment, *student; /* names in the gradebook */
	bool forced; /* over a person's grade */
};

struct backend {
	const char *name;
	enum secret_kind secret;
	const char *const *needs; /* members of the configuration; ends with NULL */
	bool reads; /* false: nothing can be read back */
	bool stamps; /* the score's stamp goes out with it, and must rise and not be in the future */
	bool appends; /* a comment is added each time, rather than replaced */
	bool bearer; /* requests carry "Authorization: Bearer" */
	/* False: this purpose needs no request, or none more. */
	bool (*ask)(const struct target *, const struct reading *, struct http_request *);
	/* A reply that decide_read found good.  Anything but ACT_DONE ends the reading. */
	struct decision (*take)(const struct target *, struct reading *, const struct http_reply *, struct column *);
	void (*write)(const struct target *, const struct score *, struct http_request *);
	struct decision (*written)(const struct target *, const struct http_reply *);
};

extern const struct backend backend_ags, backend_moodle, backend_canvas, backend_webhook;
/* NULL: there is none of that name. */
const struct backend *backend_find(const char *name);
