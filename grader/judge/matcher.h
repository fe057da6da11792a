/* The one matcher: decides the lines of a test from events, fed in order.  The runner feeds it live, to know when to go
 * on; `grader judge` feeds it a stored timeline.  Pure: no clock, no files, no sockets. */
#pragma once

#include "model/event.h"
#include "model/plan.h"
#include "model/result.h"

struct arena;
struct story;
struct text;

struct matcher;

/* Everything it needs lives in `arena`.  `plan_test` is borrowed. */
struct matcher *matcher_create(const struct plan_test *, struct arena *);
void matcher_feed(struct matcher *, const struct event *);

/* The next line that the harness or the peer has to begin now (LINE_ACTION or LINE_HARNESS), or NULL.  It is given out
 * once; EVENT_STEP events say that it began and ended. */
const struct line *matcher_next(struct matcher *);
/* True while an expectation waits for evidence, or an action has begun and not ended. */
bool matcher_waiting(const struct matcher *);
/* True when every line is decided or will not be reached. */
bool matcher_finished(const struct matcher *);
/* True while a waiting line needs EVENT_COUNT or a confirmed EVENT_STATE at the next quiet moment. */
bool matcher_wants_counts(const struct matcher *);
bool matcher_wants_states(const struct matcher *);
/* True while something waits that the program may still do when its own timer wakes it; false when what waits (`idle`,
 * `silent`, `alive`) holds as long as it sleeps. */
bool matcher_wants_timers(const struct matcher *);
/* True when line `number` is current, decided or past: it is due to be looked at, or was. */
bool matcher_reached(const struct matcher *, uint32_t number);
/* DATA with every {NAME} replaced by what was kept; the same pointer when nothing has to be.  Lives in the arena. */
const struct data *matcher_expand(struct matcher *, const struct data *);
/* Bytes that were kept under `as: NAME`, or NULL. */
const struct data *matcher_kept(const struct matcher *, const char *name);

/* What its events tell, so far. */
const struct story *matcher_story(const struct matcher *);

struct line_verdict {
	enum step_verdict verdict;
	const char *expected, *seen; /* as in struct step_result */
	bool by_deadline;
	struct evidence evidence;
};

/* Of line `number`; STEP_NOT_REACHED while undecided. */
const struct line_verdict *matcher_verdict(const struct matcher *, uint32_t number);
