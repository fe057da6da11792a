/* The findings: bugs that a timeline shows by itself, each with its name, its evidence and a way to mend it.  One file in
 * findings/ for each, and one row in findings.c. */
#pragma once

#include "judge/matcher.h"
#include "judge/story.h"
#include "model/result.h"

#include <stdarg.h>

struct findings;
struct timeline;

/* What a detector may look at. */
struct inquiry {
	const struct plan_test *test;
	const struct timeline *timeline;
	const struct story *story; /* of the whole timeline */
	const struct matcher *matcher; /* fed with the whole timeline */
	bool failed; /* some line is unmet, or a standing rule was broken */
	bool settled; /* the program came to rest at the end */
	struct arena *arena;
	const struct finding_row *row; /* the one that is being looked for */
	struct findings *found;
};

struct finding_row {
	const char *id; /* "eof-ignored" */
	const char *title; /* "The end of the stream is ignored" */
	bool robustness; /* goes beyond what most courses grade */
	const char *explanation; /* what happens and why; a paragraph */
	const char *source; /* RFC section or man page */
	const char *mend; /* what to do; a sentence or two */
	/* Adds a finding for each actor (not for each connection) that shows the bug.  Must never speak on a correct
	 * program: where the timeline does not prove it, it is silent. */
	void (*detect)(struct inquiry *);
	/* The same over UDP; NULL: such a bug cannot be there.  `detect` may be NULL too. */
	void (*detect_datagrams)(struct inquiry *);
	/* NULL-terminated ids that follow from this one: told under it, not beside it. */
	const char *const *follows;
};

/* Ends with NULL.  In the order in which they are told: causes before what follows from them. */
extern const struct finding_row *const finding_rows[];
/* NULL when there is none of that name. */
const struct finding_row *finding_row(const char *id);

/* Adds a finding of inquiry->row for an actor, once for each actor and test.  `events` ends with STORY_NONE; numbers that
 * are STORY_NONE themselves cannot be given. */
void finding_add(struct inquiry *, int actor, const uint32_t *events, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same; `source`: where it happened, when no event says so.  NULL: not known. */
void finding_add_at(struct inquiry *, int actor, const uint32_t *events, const char *source, const char *format,
                    va_list) __attribute__((format(printf, 5, 0)));
#define EVENTS(...) ((const uint32_t[]){__VA_ARGS__, STORY_NONE})
/* The same for what the actor's program itself said on standard error: the evidence is where it printed `said`, and what
 * stands behind `cry` tells the place when the calls do not. */
void finding_add_printed(struct inquiry *, int actor, const char *cry, const char *said, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The first student's `send` line of the connection that is unmet, or NULL; likewise any unmet line of a verb and actor. */
const struct line *inquiry_unmet(const struct inquiry *, enum verb, int actor);
/* What the lines of the spec want the actor to send to the other one on this connection, as far as it is literal bytes.
 * False when the test has no such line. */
bool inquiry_expected(const struct inquiry *, const struct story_connection *, enum end, struct story_bytes *expected);
/* First offset at which the stream of that end is not what the lines want: a different byte, a missing one, or one more.
 * SIZE_MAX when it is right or unknown. */
size_t inquiry_difference(const struct inquiry *, const struct story_connection *, enum end,
                          struct story_bytes *expected);
/* The lines want this end closed before the other's, and all that they want to pass before had passed: closing is no
 * bug of its own there. */
struct student_end;
bool inquiry_may_close(const struct inquiry *, const struct student_end *);
/* The next student's end of a connection, for loops: `for (struct student_end at = {0}; inquiry_next(i, &at);)`. */
struct student_end {
	size_t next; /* private */
	struct story_connection *connection;
	struct story_end *mine, *other;
	enum end end;
	int actor;
};
bool inquiry_next(const struct inquiry *, struct student_end *);
/* What a student's program printed where the `stdout` lines want other bytes: for loops over those that did, `for (struct
 * printed p = {0}; inquiry_next_printed(i, &p);)`. */
struct printed {
	int next; /* private */
	int actor;
	const struct story_bytes *output;
	struct story_bytes expected;
	size_t offset; /* of the first difference */
	uint32_t event; /* the last output; STORY_NONE */
	const struct story_end *mine; /* of its last connection; NULL */
	uint64_t received; /* bytes, from all its connections */
};
bool inquiry_next_printed(const struct inquiry *, struct printed *);
/* The same for one actor: false when it printed what it was to print, or that is not known. */
bool inquiry_printed(const struct inquiry *, int actor, struct printed *);
/* At the first difference a newline is missing (-1) or was added (1); 0: neither. */
int newline_difference(const struct story_bytes *expected, const struct story_bytes *got, size_t offset);
/* True when the grader killed or signalled the actor's program, or a line expects it to exit. */
bool inquiry_may_exit(const struct inquiry *, int actor);
/* A line of it says how the actor's program was to end, and so it did. */
bool inquiry_exit_met(const struct inquiry *, int actor);
/* The program of the actor ended by itself (not by the grader) since its last launch. */
bool inquiry_exited(const struct inquiry *, int actor);
/* Over UDP: the first `send` line of a student that is unmet, and what came in its place.  Without `connection` nothing
 * has passed at all. */
struct wrong_datagram {
	const struct line *line;
	int actor;
	enum end end;
	const struct data *expected;
	struct story_connection *connection; /* NULL */
	struct story_end *mine, *other;
	const struct story_datagram *got; /* NULL: nothing came */
	size_t index; /* of `got` among those of its end */
};
bool inquiry_wrong_datagram(const struct inquiry *, struct wrong_datagram *);
/* Bytes at its beginning that are right, as far as they are known. */
size_t wrong_prefix(const struct wrong_datagram *);
uint32_t wrong_event(const struct wrong_datagram *);
/* The next datagram, from number *at of the other end's, of which a read took only a part before that, and behind which
 * the program read again at once, or did not; *at becomes the number behind it.  NULL: no more. */
const struct story_datagram *inquiry_cut_datagram(const struct inquiry *, const struct wrong_datagram *, bool read_on,
                                                  size_t *at);
/* The last of this end's datagrams that the other one had taken before the event; NULL. */
const struct story_datagram *taken_before(const struct story_end *sender, uint32_t event);
/* The datagram that was taken next behind the event at ends of that side, whoever sent it; NULL. */
const struct story_datagram *taken_next(const struct inquiry *, enum end taker, uint32_t event);
bool datagrams_alike(const struct story_datagram *, const struct story_datagram *);

/* Where the actor waits when all its threads sleep in calls that look at many descriptors (call_polls); NULL otherwise. */
const struct story_blocked *inquiry_polls(const struct inquiry *, int actor);
/* The server has read all that the client sent, sent back a right beginning of it, and rests without having tried to send
 * the rest: the last read that returned bytes.  NULL otherwise. */
const struct story_transfer *inquiry_unanswered(const struct inquiry *, const struct student_end *,
                                                struct story_bytes *expected);
/* "1 byte", "4096 bytes": digits as strace(1) and the program's source have them, without separators. */
const char *inquiry_bytes(struct inquiry *, uint64_t);
/* The name of the call of a transfer and its descriptor: "read() on descriptor 4". */
const char *inquiry_call(struct inquiry *, uint32_t event);
/* What a memory error or undefined behaviour may lead to. */
extern const char *const sanitizer_follows[];
/* The event with which the actor printed `cry` on standard error, or its last such event; STORY_NONE: none. */
uint32_t inquiry_printed_at(const struct inquiry *, int actor, const char *cry);
/* "server.c:41": the place in the submission that a sanitizer's report, a traceback or a dump of the stack names behind
 * `cry`, the innermost first; of a message such as a compiler's, the one in front of it.  False when it names none. */
bool inquiry_blames(const struct inquiry *, int actor, const char *cry, struct text *source);
/* The line of the actor's standard error that has `cry` in it, from behind the cry to the end of the line or to `stop`
 * (NULL: none), escaped.  False when it printed no such thing. */
bool inquiry_cried(const struct inquiry *, int actor, const char *cry, const char *stop, struct text *words);
