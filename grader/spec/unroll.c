/* The lines of a test: repeats and groups unrolled, the other end of each found. */
#include "spec/plan.h"

#include "base/arena.h"
#include "base/text.h"
#include "model/verbs.h"
#include "spec/place.h"

#include <stdlib.h>
#include <string.h>

enum { SPOKE_WITH_SEVERAL = -9 };

struct unroll {
	struct plan_test *plan;
	const struct test *test;
	struct arena *arena;
	struct diags *diags;
	size_t server_count;
	bool dry, failed;
	uint32_t number; /* of the next line */
	/* With whom each actor spoke last: an actor, ACTOR_NONE, or SPOKE_WITH_SEVERAL in the step of that serial. */
	int *last;
	uint32_t *spoke;
	uint32_t serial;
};

struct lines {
	struct line *list;
	size_t count, capacity;
};

static size_t members(const struct unroll *unroll, int actor, int *first)
{
	*first = actor;
	if (actor >= 0)
		return 1;
	*first = actor == ACTOR_CLIENTS ? (int)unroll->server_count : 0;
	if (actor == ACTOR_CLIENTS)
		return unroll->test->actor_count - unroll->server_count;
	return actor == ACTOR_SERVERS ? unroll->server_count : 0;
}

static size_t multiply(size_t a, size_t b)
{
	size_t product;
	return __builtin_mul_overflow(a, b, &product) || product > PLAN_LINES ? PLAN_LINES + 1 : product;
}

/* How many lines the block makes, saturated past PLAN_LINES. */
static size_t count_lines(const struct unroll *unroll, const struct block *block)
{
	size_t count = 0;
	for (size_t i = 0; i < block->count && count <= PLAN_LINES; i++) {
		const struct step *step = &block->steps[i];
		size_t inner = 0;
		int first;
		for (size_t j = 0; j < step->branch_count && inner <= PLAN_LINES; j++)
			inner += count_lines(unroll, &step->branches[j]);
		if (step->verb == VERB_REPEAT)
			count += multiply(inner, step->times);
		else if (step->verb == VERB_TOGETHER)
			count += 1 + inner;
		else if (step->actor == ACTOR_NONE)
			count++;
		else
			count += multiply(members(unroll, step->actor, &first),
			                  step->other == ACTOR_NONE ? 1 : members(unroll, step->other, &first));
	}
	return count > PLAN_LINES ? PLAN_LINES + 1 : count;
}

static enum line_kind kind_of(const struct unroll *unroll, const struct step *step, int actor)
{
	const struct verb_row *row = verb_row(step->verb);
	switch (row->group) {
	case GROUP_SEEN:
		return LINE_EXPECTATION;
	case GROUP_GRADER:
		return step->verb == VERB_TOGETHER ? LINE_TOGETHER : LINE_HARNESS;
	case GROUP_ROLE:
		break;
	}
	if (plan_student(unroll->plan, actor))
		return step->verb == VERB_STDIN ? LINE_HARNESS : LINE_EXPECTATION;
	return row->peer != NULL ? LINE_ACTION : LINE_EXPECTATION;
}

static void tell(struct unroll *unroll, const struct step *step, const char *message)
{
	unroll->failed = true;
	place_add(unroll->diags, DIAG_ERROR, unroll->plan->spec->path, step->place, "%s", message);
}

static struct line *add_line(struct unroll *unroll, struct lines *lines, const struct step *step, int actor, int other)
{
	lines->list = arena_grow(unroll->arena, lines->list, &lines->capacity, lines->count + 1, sizeof(*lines->list));
	struct line *line = &lines->list[lines->count++];
	*line = (struct line){
		.step = step,
		.kind = kind_of(unroll, step, actor),
		.number = unroll->number++,
		.actor = actor,
		.other = other,
	};
	if (line->kind == LINE_ACTION && step->verb == VERB_SEND && step->data.kind != DATA_BYTES &&
	    step->data.example == NULL && !unroll->dry)
		tell(unroll, step,
		     "the reference peer plays this role, and finds no text that \"match\" fits: give it one with \"example\"");
	if (line->kind == LINE_EXPECTATION && step->verb == VERB_DROP && !unroll->dry)
		tell(
			unroll, step,
			"the student plays this role, and only what the reference plays can ignore a datagram: name the other role "
			"in the test's \"student\"");
	return line;
}

/* A step that names several makes it unclear with whom the next one speaks. */
static void note_spoken(struct unroll *unroll, int actor, int other)
{
	const int pair[2] = {actor, other};
	for (int i = 0; i < 2; i++) {
		int one = pair[i], with = pair[1 - i];
		if (unroll->spoke[one] == unroll->serial && unroll->last[one] != with)
			with = SPOKE_WITH_SEVERAL;
		unroll->spoke[one] = unroll->serial;
		unroll->last[one] = with;
	}
}

static void tell_unclear(struct unroll *unroll, const struct step *step, int actor, int first, size_t count)
{
	enum { NAMED = 4 };
	const struct actor *actors = unroll->test->actors;
	TEXT_AUTO message = {0};
	if (count == 0) {
		text_printf(&message, "\"%s\" needs another end, and nobody plays a %s in this test", verb_word(step->verb),
		            side_word(actors[actor].side == SIDE_SERVER ? SIDE_CLIENT : SIDE_SERVER));
	} else {
		text_printf(&message, "with whom? %s has several other ends (", actors[actor].name);
		for (size_t i = 0; i < count && i < NAMED; i++)
			text_printf(&message, "%s%s", i > 0 ? ", " : "", actors[(size_t)first + i].name);
		const char *key = verb_row(step->verb)->other == OTHER_FROM ? "from" : "to";
		text_printf(&message, "%s): name one with \"%s:\", or all with \"%s: %ss\"", count > NAMED ? ", …" : "", key,
		            key, side_word(actors[first].side));
	}
	tell(unroll, step, text_string(&message));
}

/* The other end of a step that names none; ACTOR_NONE after an error, and where it speaks of all. */
static int find_other(struct unroll *unroll, const struct step *step, int actor)
{
	int first;
	bool server = unroll->test->actors[actor].side == SIDE_SERVER;
	size_t count = members(unroll, server ? ACTOR_CLIENTS : ACTOR_SERVERS, &first);
	if (count == 1)
		return first;
	if (step->verb == VERB_SILENT)
		return ACTOR_NONE;
	if (unroll->last[actor] >= 0)
		return unroll->last[actor];
	tell_unclear(unroll, step, actor, first, count);
	return ACTOR_NONE;
}

static void unroll_actor(struct unroll *unroll, const struct step *step, int actor, struct lines *lines)
{
	if (!verb_has_other(step->verb)) {
		add_line(unroll, lines, step, actor, ACTOR_NONE);
		return;
	}
	int first = ACTOR_NONE;
	size_t count = 1;
	if (step->other != ACTOR_NONE)
		count = members(unroll, step->other, &first);
	else
		first = find_other(unroll, step, actor);
	for (size_t i = 0; i < count; i++) {
		int other = first + (int)i;
		add_line(unroll, lines, step, actor, first == ACTOR_NONE ? ACTOR_NONE : other);
		if (first != ACTOR_NONE)
			note_spoken(unroll, actor, other);
	}
}

static struct plan_block unroll_block(struct unroll *, const struct block *);

/* Branches begin with what was known before them; what they end with counts where they agree. */
static void unroll_together(struct unroll *unroll, const struct step *step, struct lines *lines)
{
	size_t actors = unroll->test->actor_count, place = lines->count;
	add_line(unroll, lines, step, ACTOR_NONE, ACTOR_NONE);
	struct plan_block *branches = arena_array(unroll->arena, step->branch_count, sizeof(*branches));
	int *before = unroll->last, *after = calloc(2 * actors + 1, sizeof(*after));
	if (after == NULL)
		abort();
	memcpy(after, before, actors * sizeof(*after));
	unroll->last = after + actors;
	for (size_t i = 0; i < step->branch_count; i++) {
		memcpy(unroll->last, before, actors * sizeof(*before));
		branches[i] = unroll_block(unroll, &step->branches[i]);
		for (size_t j = 0; j < actors; j++) {
			if (unroll->last[j] != before[j])
				after[j] = after[j] == before[j] || after[j] == unroll->last[j] ? unroll->last[j] : SPOKE_WITH_SEVERAL;
		}
	}
	unroll->last = before;
	memcpy(before, after, actors * sizeof(*before));
	free(after);
	lines->list[place].branches = branches;
	lines->list[place].branch_count = step->branch_count;
}

static void unroll_steps(struct unroll *unroll, const struct block *block, struct lines *lines)
{
	for (size_t i = 0; i < block->count; i++) {
		const struct step *step = &block->steps[i];
		unroll->serial++;
		if (step->verb == VERB_TOGETHER) {
			unroll_together(unroll, step, lines);
		} else if (step->verb == VERB_REPEAT) {
			for (unsigned time = 0; time < step->times; time++)
				unroll_steps(unroll, &step->branches[0], lines);
		} else if (step->actor == ACTOR_NONE) {
			add_line(unroll, lines, step, ACTOR_NONE, ACTOR_NONE);
		} else {
			int first;
			size_t count = members(unroll, step->actor, &first);
			for (size_t j = 0; j < count; j++)
				unroll_actor(unroll, step, first + (int)j, lines);
		}
	}
}

static struct plan_block unroll_block(struct unroll *unroll, const struct block *block)
{
	struct lines lines = {0};
	unroll_steps(unroll, block, &lines);
	return (struct plan_block){lines.list, lines.count};
}

static void index_lines(struct plan_test *plan, const struct plan_block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		const struct line *line = &block->lines[i];
		plan->by_number[line->number] = line;
		for (size_t j = 0; j < line->branch_count; j++)
			index_lines(plan, &line->branches[j]);
	}
}

bool plan_unroll(struct plan_test *plan, bool dry, struct arena *arena, struct diags *diags)
{
	const struct test *test = plan->test;
	struct unroll unroll = {.plan = plan, .test = test, .arena = arena, .diags = diags, .dry = dry};
	while (unroll.server_count < test->actor_count && test->actors[unroll.server_count].side == SIDE_SERVER)
		unroll.server_count++;
	if (count_lines(&unroll, &test->steps) > PLAN_LINES) {
		diags_add(diags, DIAG_ERROR, plan->spec->path, test->place.line, test->place.column,
		          "the test \"%s\" unrolls to more than %d lines", test->name, PLAN_LINES);
		return false;
	}
	unroll.last = arena_array(arena, test->actor_count + 1, sizeof(*unroll.last));
	unroll.spoke = arena_array(arena, test->actor_count + 1, sizeof(*unroll.spoke));
	for (size_t i = 0; i < test->actor_count; i++)
		unroll.last[i] = ACTOR_NONE;
	plan->lines = unroll_block(&unroll, &test->steps);
	plan->line_count = unroll.number;
	plan->by_number = arena_array(arena, plan->line_count, sizeof(*plan->by_number));
	index_lines(plan, &plan->lines);
	return !unroll.failed;
}
