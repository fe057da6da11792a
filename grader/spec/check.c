#include "spec/check.h"

#include "base/arena.h"
#include "base/text.h"
#include "model/variation.h"
#include "model/verbs.h"
#include "spec/place.h"
#include "spec/plan.h"

#include <stdlib.h>
#include <string.h>

/* What is known of a connection's end, or of an actor: the line of the spec where it became so, or 0. */
enum fact { SHUT, CLOSED, RESET, READ_END, PAIR_FACTS };
enum actor_fact { RUNNING, ENDED, HELD, ACTOR_FACTS };

struct walk {
	const struct plan_test *plan;
	const struct test *test;
	struct diags *diags;
	size_t servers, clients;
	/* The facts of every end of every connection, then those of every actor. */
	unsigned *facts;
	size_t fact_count;
	bool *used; /* by actor */
};

static unsigned *pair_fact(const struct walk *walk, int actor, int other, enum fact fact)
{
	bool server = walk->test->actors[actor].side == SIDE_SERVER;
	size_t s = (size_t)(server ? actor : other), c = (size_t)(server ? other : actor) - walk->servers;
	return &walk->facts[((s * walk->clients + c) * 2 + server) * PAIR_FACTS + fact];
}

static unsigned *actor_fact(const struct walk *walk, int actor, enum actor_fact fact)
{
	return &walk->facts[walk->servers * walk->clients * 2 * PAIR_FACTS + (size_t)actor * ACTOR_FACTS + fact];
}

static void contradiction(struct walk *walk, const struct line *line, const char *what, unsigned since)
{
	place_add(walk->diags, DIAG_ERROR, walk->plan->spec->path, line->step->place, "%s %s; see line %u",
	          walk->test->actors[line->actor].name, what, since);
}

static void forget_connections(struct walk *walk, int actor)
{
	bool server = walk->test->actors[actor].side == SIDE_SERVER;
	size_t first = server ? walk->servers : 0, count = server ? walk->clients : walk->servers;
	for (size_t i = 0; i < count; i++) {
		for (enum fact fact = 0; fact < PAIR_FACTS; fact++) {
			*pair_fact(walk, actor, (int)(first + i), fact) = 0;
			*pair_fact(walk, (int)(first + i), actor, fact) = 0;
		}
	}
}

static unsigned first_of(unsigned a, unsigned b, unsigned c)
{
	return a != 0 ? a : b != 0 ? b : c;
}

/* A verb on a connection, against what its two ends did before. */
static void walk_connection(struct walk *walk, const struct line *line)
{
	int actor = line->actor, other = line->other;
	enum verb verb = line->step->verb;
	unsigned at = line->step->place.line;
	unsigned shut = *pair_fact(walk, actor, other, SHUT), closed = *pair_fact(walk, actor, other, CLOSED);
	unsigned reset = *pair_fact(walk, actor, other, RESET), read_end = *pair_fact(walk, actor, other, READ_END);
	if (verb == VERB_CONNECT && !line->step->simultaneous) {
		for (enum fact fact = 0; fact < PAIR_FACTS; fact++)
			*pair_fact(walk, actor, other, fact) = *pair_fact(walk, other, actor, fact) = 0;
	} else if (verb == VERB_SEND && first_of(shut, closed, reset) != 0) {
		contradiction(walk, line, "cannot send: its direction of the connection is closed",
		              first_of(shut, closed, reset));
	} else if ((verb == VERB_RECEIVE || verb == VERB_EOF) && first_of(closed, reset, 0) != 0) {
		contradiction(walk, line, "cannot read: it has closed the connection", first_of(closed, reset, 0));
	} else if (verb == VERB_RECEIVE && read_end != 0) {
		contradiction(walk, line, "cannot receive: it has read the end of the stream", read_end);
	} else if (verb == VERB_SHUTDOWN && first_of(shut, closed, reset) != 0) {
		contradiction(walk, line, "cannot shut down what is closed already", first_of(shut, closed, reset));
	} else if (verb == VERB_CLOSE && closed != 0) {
		contradiction(walk, line, "has closed this connection already", closed);
	} else if (verb == VERB_EOF && *pair_fact(walk, other, actor, RESET) != 0 &&
	           *pair_fact(walk, other, actor, SHUT) == 0 && *pair_fact(walk, other, actor, CLOSED) == 0) {
		contradiction(walk, line, "cannot read an end of the stream: the other end sent RST",
		              *pair_fact(walk, other, actor, RESET));
	}
	if (line->step->with_fin || line->step->with_reset)
		*pair_fact(walk, actor, other, line->step->with_fin ? SHUT : RESET) = at;
	if (verb == VERB_SHUTDOWN || verb == VERB_CLOSE || verb == VERB_RESET || verb == VERB_EOF)
		*pair_fact(walk, actor, other,
		           verb == VERB_SHUTDOWN ? SHUT
		           : verb == VERB_CLOSE  ? CLOSED
		           : verb == VERB_RESET  ? RESET
		                                 : READ_END) = at;
}

static bool may_end(const struct step *step)
{
	enum verb verb = step->verb;
	return verb == VERB_KILL || verb == VERB_SIGNAL || verb == VERB_EXIT || verb == VERB_CLOSE || verb == VERB_RESET ||
	       verb == VERB_SHUTDOWN || verb == VERB_EOF || (verb == VERB_STDIN && step->end_of_stream);
}

/* Launch, kill, exit, hold: what becomes of the program. */
static void walk_program(struct walk *walk, const struct line *line)
{
	enum verb verb = line->step->verb;
	unsigned at = line->step->place.line;
	unsigned *running = actor_fact(walk, line->actor, RUNNING), *ended = actor_fact(walk, line->actor, ENDED);
	unsigned *held = actor_fact(walk, line->actor, HELD);
	if ((verb == VERB_ALIVE || verb == VERB_STDIN) && *ended != 0)
		contradiction(walk, line, "has ended: nothing launches it again before this line", *ended);
	if (verb == VERB_HOLD && *held != 0)
		contradiction(walk, line, "is held already", *held);
	if (verb == VERB_RELEASE && *held == 0)
		place_add(walk->diags, DIAG_ERROR, walk->plan->spec->path, line->step->place,
		          "%s is not held: no \"hold: %s\" "
		          "comes before",
		          walk->test->actors[line->actor].name, walk->test->actors[line->actor].name);
	if (verb == VERB_HOLD || verb == VERB_RELEASE)
		*held = verb == VERB_HOLD ? at : 0;
	if (verb == VERB_LAUNCH) {
		if (*running != 0)
			place_add(walk->diags, DIAG_WARNING, walk->plan->spec->path, line->step->place,
			          "%s runs since line %u, and no line before this one ends it",
			          walk->test->actors[line->actor].name, *running);
		*ended = *held = 0;
		forget_connections(walk, line->actor);
	}
	if (verb == VERB_KILL || verb == VERB_EXIT)
		*ended = at;
	if (may_end(line->step))
		*running = 0;
	else if (*running == 0 && (verb == VERB_LAUNCH || *ended == 0))
		*running = at;
}

static void mark_used(struct walk *walk, const struct line *line)
{
	const struct step *step = line->step;
	if (line->actor >= 0)
		walk->used[line->actor] = true;
	if (line->other >= 0)
		walk->used[line->other] = true;
	for (size_t i = 0; i < step->wire_count; i++)
		walk->used[step->wire[i].actor] = true;
	for (size_t i = 0; i < step->state_count; i++)
		walk->used[step->states[i].actor] = true;
	for (size_t i = 0; i < step->count_count; i++)
		walk->used[step->counts[i].actor] = true;
}

/* Two branches that send, or receive, on one connection at once have no order between them. */
static void check_branch(struct walk *walk, const struct plan_block *block, unsigned branch, unsigned *taken)
{
	for (size_t i = 0; i < block->count; i++) {
		const struct line *line = &block->lines[i];
		for (size_t j = 0; j < line->branch_count; j++)
			check_branch(walk, &line->branches[j], branch, taken);
		enum verb verb = line->step->verb;
		if ((verb != VERB_SEND && verb != VERB_RECEIVE) || line->other < 0)
			continue;
		size_t end = (size_t)(pair_fact(walk, line->actor, line->other, 0) - walk->facts) / PAIR_FACTS;
		unsigned *by = &taken[2 * end + (verb == VERB_SEND)];
		if (*by != 0 && *by != branch)
			place_add(walk->diags, DIAG_ERROR, walk->plan->spec->path, line->step->place,
			          "two branches of one \"together\" let %s %s on the same connection: which is first?",
			          walk->test->actors[line->actor].name, verb_word(verb));
		*by = branch;
	}
}

static void *zeroed(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);
	if (memory == NULL)
		abort();
	return memory;
}

static void walk_block(struct walk *, const struct plan_block *);

/* Each branch begins with what was known before; after it, what any of them changed holds. */
static void walk_together(struct walk *walk, const struct line *line)
{
	size_t size = walk->fact_count * sizeof(unsigned);
	unsigned *before = walk->facts, *after = zeroed(walk->fact_count, sizeof(unsigned));
	unsigned *taken = zeroed(walk->servers * walk->clients * 4, sizeof(unsigned));
	for (size_t i = 0; i < line->branch_count; i++)
		check_branch(walk, &line->branches[i], (unsigned)i + 1, taken);
	free(taken);
	memcpy(after, before, size);
	walk->facts = zeroed(walk->fact_count, sizeof(unsigned));
	for (size_t i = 0; i < line->branch_count; i++) {
		memcpy(walk->facts, before, size);
		walk_block(walk, &line->branches[i]);
		for (size_t j = 0; j < walk->fact_count; j++) {
			if (walk->facts[j] != before[j])
				after[j] = walk->facts[j];
		}
	}
	free(walk->facts);
	walk->facts = before;
	memcpy(before, after, size);
	free(after);
}

static void walk_block(struct walk *walk, const struct plan_block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		const struct line *line = &block->lines[i];
		mark_used(walk, line);
		if (line->kind == LINE_TOGETHER)
			walk_together(walk, line);
		if (line->actor >= 0)
			walk_program(walk, line);
		if (line->actor >= 0 && line->other >= 0)
			walk_connection(walk, line);
	}
}

/* A role that was asked for and does nothing is more often a slip than a wish. */
static void check_used(struct walk *walk)
{
	for (size_t i = 0; i < walk->test->actor_count; i++) {
		size_t of_side = i < walk->servers ? walk->servers : walk->clients;
		if (walk->used[i] || of_side < 2)
			continue;
		place_add(walk->diags, DIAG_WARNING, walk->plan->spec->path, walk->test->place,
		          "%s does nothing in the test \"%s\"", walk->test->actors[i].name, walk->test->name);
	}
}

/* What does not hold under every way of cutting the same bytes. */
static void check_varied(const struct plan_test *plan, struct diags *diags)
{
	const struct test *test = plan->test;
	bool sends = false;
	for (uint32_t i = 0; test->vary_segments > 0 && i < plan->line_count; i++) {
		const struct step *step = plan->by_number[i]->step;
		sends = sends || variation_cuts(plan, i) || variation_joins(plan, i);
		for (size_t j = 0; j < step->wire_count; j++) {
			if (step->wire[j].pattern == PATTERN_DATA && step->wire[j].length > 0)
				place_add(diags, DIAG_ERROR, plan->spec->path, step->wire[j].place,
				          "under \"vary\" the bytes come in segments of many lengths: write DATA, without a length");
		}
	}
	if (test->vary_segments > 0 && !sends)
		place_add(diags, DIAG_ERROR, plan->spec->path, test->place,
		          "\"vary\" finds nothing to cut: no line sends two bytes or more without \"segments\"");
}

static void check_test(const struct plan_test *plan, struct diags *diags)
{
	struct walk walk = {.plan = plan, .test = plan->test, .diags = diags};
	while (walk.servers < plan->test->actor_count && plan->test->actors[walk.servers].side == SIDE_SERVER)
		walk.servers++;
	walk.clients = plan->test->actor_count - walk.servers;
	walk.fact_count = walk.servers * walk.clients * 2 * PAIR_FACTS + plan->test->actor_count * ACTOR_FACTS;
	walk.facts = zeroed(walk.fact_count, sizeof(unsigned));
	walk.used = zeroed(plan->test->actor_count, sizeof(bool));
	walk_block(&walk, &plan->lines);
	check_used(&walk);
	check_varied(plan, diags);
	free(walk.facts);
	free(walk.used);
}

void spec_check(const struct spec *spec, struct diags *diags)
{
	for (size_t i = 0; i < spec->test_count; i++) {
		struct arena *arena = arena_create();
		struct plan_test plan = {.test = &spec->tests[i], .index = i, .spec = spec};
		if (plan_unroll(&plan, true, arena, diags))
			check_test(&plan, diags);
		arena_destroy(arena);
	}
}
