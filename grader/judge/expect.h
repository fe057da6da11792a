/* What the files of the matcher share: lines with their progress, lanes, and the table of verbs. */
#pragma once

#include "judge/matcher.h"
#include "judge/story.h"

enum phase {
	PHASE_LATER,
	PHASE_READY, /* an action that matcher_next gives out */
	PHASE_GIVEN,
	PHASE_BEGUN,
	PHASE_WAITING, /* an expectation, or a together whose branches run */
	PHASE_DECIDED,
};

/* How far the segments of one sender are used up by wire lines: `at` is an index into the connection's segments, `used`
 * the parts of that one that have met an item (1u << enum segment_pattern). */
struct wire_position {
	size_t at;
	unsigned used;
};

/* The nth connection of a client, as the lines speak of it: what they have used up of its streams and segments. */
struct lane {
	int client; /* ACTOR_NONE: a test without clients */
	unsigned ordinal; /* from 1 */
	struct lane *before; /* the same client's previous one; NULL */
	bool open; /* its connect line has begun, or there is none */
	uint32_t since; /* connections made before this event are not it */
	int connection; /* CONNECTION_NONE until known */
	unsigned turn; /* how often another connection took its place: a client may try again when it is refused */
	uint64_t sent[2]; /* by sending end: bytes that `send` lines used up */
	uint64_t received[2]; /* by receiving end: bytes that `receive` lines used up */
	struct wire_position wire[2];
	size_t acknowledged[2]; /* by sender: index of the segment that met the last ACK item */
};

struct block_run {
	const struct plan_block *block;
	size_t next; /* line to begin */
	size_t open; /* lines begun and not decided */
	bool halted;
	uint32_t cause; /* event at which the newest action of the block, or before it, began */
	struct expectation *owner; /* the together line; NULL for the test's own block */
};

struct verb_judge;

/* One line of the plan and how it stands. */
struct expectation {
	const struct line *line;
	const struct verb_judge *judge; /* NULL: an action or together */
	enum phase phase;
	struct line_verdict verdict;
	struct block_run *run;
	struct block_run *branches; /* together */
	struct lane *lane; /* NULL: speaks of no connection */
	struct expectation *behind; /* waits until this one is decided: the same view; NULL */
	struct expectation *needs; /* likewise: it keeps a name that this one's DATA hold; NULL */
	uint32_t since; /* number of the event at which it became current */
	uint32_t cause; /* event at which the last action before it began: what it speaks of comes behind that */
	uint32_t launched; /* its actor's launch then, or 0 */
	bool on_segments; /* the verdict rests on captured segments or states derived from them */
	const struct data *data; /* expanded */
	size_t checked; /* bytes of it that are known to fit, or at which a pattern was tried last */
	uint32_t *met; /* wire: event that met each item, STORY_NONE */
	unsigned turn; /* wire: the lane's when `met` began */
	size_t scanned; /* state: states looked at; listen: see story_changed */
};

struct wants;

struct kept {
	const char *name;
	struct data data;
};

struct matcher {
	const struct plan_test *test;
	struct arena *arena;
	struct story *story;
	struct expectation *lines; /* by number */
	struct block_run root;
	struct lane **lanes;
	size_t lane_count, lane_capacity;
	struct expectation **waiting; /* PHASE_WAITING, without together lines */
	size_t waiting_count, waiting_capacity;
	struct expectation **ready; /* actions to give out, a queue */
	size_t ready_count, ready_next, ready_capacity;
	struct expectation **begun; /* given out and not ended */
	size_t begun_count, begun_capacity;
	size_t unended; /* actions given out that have not ended */
	struct kept *kept;
	size_t kept_count, kept_capacity;
	const struct event *event; /* being fed */
	struct wants *wants; /* room for the ends of one state line */
};

/* Lines that look at the same thing in order: one of them at a time. */
enum view {
	VIEW_NONE,
	VIEW_CONNECT,
	VIEW_SENT, /* a sender's stream: send, silent */
	VIEW_RECEIVED, /* a receiver's reads: receive, eof */
	VIEW_STDOUT,
	VIEW_STDERR,
	VIEW_WIRE,
	VIEW_STATE,
};

/* How the expectation of a verb is judged.  `feed` is called when the line becomes current and after every event, and
 * looks at the story: it decides when it can.  `at_quiet` has to decide: nothing more will happen. */
struct verb_judge {
	enum verb verb;
	enum view view;
	bool wants_states;
	void (*feed)(struct matcher *, struct expectation *);
	void (*at_quiet)(struct matcher *, struct expectation *);
	/* What was expected: "the server to close the connection (its FIN)". */
	void (*explain)(const struct matcher *, const struct expectation *, struct text *);
};

extern const struct verb_judge judge_calls[], judge_ends[], judge_streams[], judge_wire[], judge_states[],
	judge_processes[], judge_counts[], judge_datagrams[]; /* each ends with explain NULL */

/* Makes the lines of a block, and of the branches in it, belong to their runs. */
void block_run_init(struct matcher *, struct block_run *, const struct plan_block *, struct expectation *owner);
/* Begins every line whose turn has come. */
void block_run_advance(struct matcher *, struct block_run *);
/* Nothing of it is open, and nothing more will begin. */
bool block_run_over(const struct block_run *);

/* Deciding.  `seen` says what was seen instead; its bytes are copied. */
void expectation_met(struct matcher *, struct expectation *, uint32_t event);
void expectation_unmet(struct matcher *, struct expectation *, struct text *seen);
void expectation_inconclusive(struct matcher *, struct expectation *, const char *why);
/* It has nothing to look at any more: not reached. */
void expectation_passed_over(struct matcher *, struct expectation *);
/* An event that shows it; STORY_NONE is passed over. */
void expectation_shows(struct expectation *, uint32_t event);

/* An action line has ended: met, or unmet with the reason. */
void action_ended(struct matcher *, struct expectation *, int error);
/* What it was to do: "second to be connected to port 8080". */
void action_explain(const struct matcher *, const struct expectation *, struct text *);
/* Compares what a `receive` of the reference has taken so far.  True when that decided it. */
bool action_receives(struct matcher *, struct expectation *, bool last);

/* Over UDP.  What a `receive` or `drop` of the reference took: true when that decided it. */
bool datagram_action_ended(struct matcher *, struct expectation *, int error);
/* How many datagrams lines have used up of what this end sent; what it sent behind them. */
uint64_t datagrams_expected(const struct lane *, enum end sender);
void datagrams_more(const struct story_end *sender, uint64_t expected, struct text *seen);

/* Every line's lane, once. */
void lanes_assign(struct matcher *);
/* The connect line of the lane becomes current. */
void lane_opens(struct matcher *, struct lane *);
/* NULL while there is no such connection. */
struct story_connection *lane_connection(struct matcher *, struct lane *);
/* Nobody listened: the SYN was answered by a RST.  A lane goes on to the client's next connection then. */
bool connection_refused(const struct story_connection *);
/* The connection that a client's lines up to this one spoke of last. */
struct lane *lane_of(struct matcher *, int client, const struct expectation *);

/* Actor of an expectation, its end, and the connection of its lane (NULL). */
struct story_end *expectation_end(struct matcher *, const struct expectation *, struct story_connection **);
/* "the server " + where its program is. */
void where_text(const struct matcher *, int actor, struct text *);
/* The same behind a semicolon, of a student: of the first one for ACTOR_NONE; nothing when nobody is. */
void where_student_text(const struct matcher *, int student, struct text *);
/* " to alice", where the line's actor has several others and the line names one; else nothing. */
void other_explain(const struct matcher *, const struct expectation *, struct text *);
/* Whether {NAME} of that name stands in it; false for NULL. */
bool data_names(const struct data *, const char *name);
void keep(struct matcher *, const struct data *, const uint8_t *bytes, size_t length);
