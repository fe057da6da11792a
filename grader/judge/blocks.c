/* Blocks of lines: which become current when, and what a decision means for those behind it. */
#include "judge/expect.h"

#include "base/arena.h"
#include "base/text.h"

void block_run_init(struct matcher *matcher, struct block_run *run, const struct plan_block *block,
                    struct expectation *owner)
{
	*run = (struct block_run){.block = block, .owner = owner};
	for (size_t i = 0; i < block->count; i++) {
		const struct line *line = &block->lines[i];
		struct expectation *x = &matcher->lines[line->number];
		x->run = run;
		x->branches = arena_array(matcher->arena, line->branch_count + 1, sizeof(struct block_run));
		for (size_t j = 0; j < line->branch_count; j++)
			block_run_init(matcher, &x->branches[j], &line->branches[j], x);
	}
}

static void list_add(struct matcher *matcher, struct expectation ***list, size_t *count, size_t *capacity,
                     struct expectation *x)
{
	*list = arena_grow(matcher->arena, *list, capacity, *count + 1, sizeof(struct expectation *));
	(*list)[(*count)++] = x;
}

/* True when both look at the same thing, so that the later one has to wait. */
static bool same_view(const struct expectation *a, const struct expectation *b)
{
	if (a->judge->view != b->judge->view)
		return false;
	switch (a->judge->view) {
	case VIEW_NONE:
		return false;
	case VIEW_CONNECT:
	case VIEW_STDOUT:
	case VIEW_STDERR:
		return a->line->actor == b->line->actor;
	case VIEW_SENT:
	case VIEW_RECEIVED:
		return a->line->actor == b->line->actor && a->lane == b->lane;
	case VIEW_WIRE:
	case VIEW_STATE:
		return a->lane == b->lane;
	}
	return false;
}

static void line_waits(struct matcher *matcher, struct expectation *x)
{
	x->phase = PHASE_WAITING;
	x->since = matcher->story->seen;
	x->cause = x->run->cause;
	int actor = x->line->actor;
	if (actor >= 0 && matcher->story->actors[actor].launched != STORY_NONE)
		x->launched = matcher->story->actors[actor].launched;
	for (size_t i = matcher->waiting_count; i > 0 && x->behind == NULL; i--) {
		struct expectation *other = matcher->waiting[i - 1];
		if (other->phase == PHASE_WAITING && same_view(other, x))
			x->behind = other;
	}
	for (size_t i = matcher->waiting_count; i > 0 && x->needs == NULL; i--) {
		struct expectation *other = matcher->waiting[i - 1];
		if (other->phase == PHASE_WAITING && data_names(&x->line->step->data, other->line->step->data.keep_as))
			x->needs = other;
	}
	if (x->line->step->verb == VERB_CONNECT && x->lane != NULL)
		lane_opens(matcher, x->lane);
	list_add(matcher, &matcher->waiting, &matcher->waiting_count, &matcher->waiting_capacity, x);
}

static void line_begin(struct matcher *matcher, struct expectation *x)
{
	x->run->open++;
	switch (x->line->kind) {
	case LINE_EXPECTATION:
		if (x->judge != NULL && (x->line->actor < 0 || plan_student(matcher->test, x->line->actor)))
			line_waits(matcher, x);
		else
			expectation_met(matcher, x, STORY_NONE); /* it asks nothing of a student's program */
		break;
	case LINE_ACTION:
	case LINE_HARNESS:
		x->phase = PHASE_READY;
		list_add(matcher, &matcher->ready, &matcher->ready_count, &matcher->ready_capacity, x);
		break;
	case LINE_TOGETHER:
		x->phase = PHASE_WAITING;
		for (size_t i = 0; i < x->line->branch_count; i++) {
			x->branches[i].cause = x->run->cause;
			block_run_advance(matcher, &x->branches[i]);
		}
		if (x->line->branch_count == 0)
			expectation_met(matcher, x, STORY_NONE);
		break;
	}
}

bool block_run_over(const struct block_run *run)
{
	return run->open == 0 && (run->halted || run->next == run->block->count);
}

/* A together is decided when all its branches are: the worst verdict of them. */
static void together_check(struct matcher *matcher, struct expectation *x)
{
	if (x->phase != PHASE_WAITING)
		return;
	bool halted = false;
	for (size_t i = 0; i < x->line->branch_count; i++) {
		if (!block_run_over(&x->branches[i]))
			return;
		halted = halted || x->branches[i].halted;
		if (x->branches[i].cause > x->run->cause)
			x->run->cause = x->branches[i].cause;
	}
	x->phase = PHASE_DECIDED;
	x->verdict.verdict = halted ? STEP_UNMET : STEP_MET;
	x->run->open--;
	x->run->halted = x->run->halted || halted;
	block_run_advance(matcher, x->run);
}

/* Expectations wait side by side; an action or a together begins alone, and what follows it waits for its end. */
static bool run_may_begin(const struct matcher *matcher, const struct block_run *run, const struct line *line)
{
	if (run->open == 0)
		return true;
	const struct line *last = &run->block->lines[run->next - 1];
	return line->kind == LINE_EXPECTATION &&
	       (last->kind == LINE_EXPECTATION || matcher->lines[last->number].phase == PHASE_DECIDED);
}

void block_run_advance(struct matcher *matcher, struct block_run *run)
{
	while (!run->halted && run->next < run->block->count) {
		const struct line *line = &run->block->lines[run->next];
		if (!run_may_begin(matcher, run, line))
			return;
		run->next++;
		line_begin(matcher, &matcher->lines[line->number]);
	}
	if (run->owner != NULL && block_run_over(run))
		together_check(matcher, run->owner);
}

void expectation_shows(struct expectation *x, uint32_t event)
{
	struct evidence *evidence = &x->verdict.evidence;
	if (event == STORY_NONE || evidence->count == EVIDENCE_MOST)
		return;
	for (size_t i = 0; i < evidence->count; i++) {
		if (evidence->events[i] == event)
			return;
	}
	evidence->events[evidence->count++] = event;
}

static void decide(struct matcher *matcher, struct expectation *x, enum step_verdict verdict)
{
	if (x->phase == PHASE_GIVEN || x->phase == PHASE_BEGUN)
		matcher->unended--;
	x->phase = PHASE_DECIDED;
	x->verdict.verdict = verdict;
	x->run->open--;
	if (verdict != STEP_MET)
		x->run->halted = true;
	block_run_advance(matcher, x->run);
}

void expectation_passed_over(struct matcher *matcher, struct expectation *x)
{
	decide(matcher, x, STEP_NOT_REACHED);
}

void expectation_met(struct matcher *matcher, struct expectation *x, uint32_t event)
{
	if (x->phase == PHASE_DECIDED)
		return;
	expectation_shows(x, event);
	decide(matcher, x, STEP_MET);
}

static void expected_write(struct matcher *matcher, struct expectation *x)
{
	TEXT_AUTO expected = {0};
	if (x->judge != NULL)
		x->judge->explain(matcher, x, &expected);
	else
		action_explain(matcher, x, &expected);
	x->verdict.expected = arena_string(matcher->arena, text_string(&expected));
}

void expectation_unmet(struct matcher *matcher, struct expectation *x, struct text *seen)
{
	if (x->phase == PHASE_DECIDED)
		return;
	expected_write(matcher, x);
	x->verdict.seen = arena_string(matcher->arena, text_string(seen));
	bool timed_out = matcher->story->limit != STORY_NONE && matcher->story->limit_event.limit.limit == LIMIT_TIME;
	if (timed_out && matcher->event != NULL &&
	    (matcher->event->kind == EVENT_LIMIT || matcher->event->kind == EVENT_END))
		x->verdict.by_deadline = true;
	if (x->verdict.evidence.count == 0 && matcher->event != NULL)
		expectation_shows(x, matcher->event->number);
	if (x->on_segments && matcher->story->dropped > 0) {
		x->verdict.seen = "the capture lost segments, so this cannot be decided";
		decide(matcher, x, STEP_INCONCLUSIVE);
		return;
	}
	decide(matcher, x, STEP_UNMET);
}

void expectation_inconclusive(struct matcher *matcher, struct expectation *x, const char *why)
{
	if (x->phase == PHASE_DECIDED)
		return;
	expected_write(matcher, x);
	x->verdict.seen = why;
	decide(matcher, x, STEP_INCONCLUSIVE);
}
