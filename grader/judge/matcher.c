#include "judge/matcher.h"

#include "judge/expect.h"

#include "base/arena.h"
#include "base/text.h"

/* Over UDP some verbs are judged in a way of their own. */
static const struct verb_judge *judge_of(enum verb verb, enum transport transport)
{
	static const struct verb_judge *const tables[] = {judge_datagrams, judge_calls,  judge_ends,      judge_streams,
	                                                  judge_wire,      judge_states, judge_processes, judge_counts};
	for (size_t i = transport != TRANSPORT_UDP; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct verb_judge *row = tables[i]; row->explain != NULL; row++) {
			if (row->verb == verb)
				return row;
		}
	}
	return NULL;
}

struct matcher *matcher_create(const struct plan_test *test, struct arena *arena)
{
	struct matcher *matcher = arena_alloc(arena, sizeof(*matcher));
	matcher->test = test;
	matcher->arena = arena;
	matcher->story = story_create(test, arena);
	matcher->lines = arena_array(arena, test->line_count + 1, sizeof(struct expectation));
	for (uint32_t i = 0; i < test->line_count; i++) {
		struct expectation *x = &matcher->lines[i];
		x->line = test->by_number[i];
		x->verdict.verdict = STEP_NOT_REACHED;
		if (x->line->kind == LINE_EXPECTATION)
			x->judge = judge_of(x->line->step->verb, test->test->transport);
	}
	block_run_init(matcher, &matcher->root, &test->lines, NULL);
	lanes_assign(matcher);
	block_run_advance(matcher, &matcher->root);
	return matcher;
}

static void feed_step(struct matcher *matcher, const struct event *event)
{
	if (event->step.line >= matcher->test->line_count)
		return;
	struct expectation *x = &matcher->lines[event->step.line];
	if (x->line->kind != LINE_ACTION && x->line->kind != LINE_HARNESS)
		return;
	if (!event->step.done) {
		x->run->cause = event->number;
		x->since = event->number;
		/* A stored timeline begins lines that nobody asked matcher_next for. */
		if (x->phase == PHASE_READY || x->phase == PHASE_GIVEN) {
			matcher->unended += x->phase == PHASE_READY;
			x->phase = PHASE_BEGUN;
			matcher->begun = arena_grow(matcher->arena, matcher->begun, &matcher->begun_capacity,
			                            matcher->begun_count + 1, sizeof(struct expectation *));
			matcher->begun[matcher->begun_count++] = x;
			if (x->line->kind == LINE_ACTION && x->line->step->verb == VERB_CONNECT && x->lane != NULL)
				lane_opens(matcher, x->lane);
		}
		return;
	}
	if (x->phase == PHASE_READY || x->phase == PHASE_GIVEN || x->phase == PHASE_BEGUN)
		action_ended(matcher, x, event->step.error);
}

/* A quiet moment while the harness itself waits (`wait: 100ms`) proves nothing. */
static bool harness_waits(const struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->begun_count; i++) {
		const struct expectation *x = matcher->begun[i];
		if (x->phase == PHASE_BEGUN && x->line->kind == LINE_HARNESS && x->line->step->verb == VERB_WAIT)
			return true;
	}
	return false;
}

static bool event_decides(const struct matcher *matcher, const struct event *event)
{
	switch (event->kind) {
	case EVENT_QUIET:
		return !harness_waits(matcher);
	case EVENT_SPIN:
		return true;
	case EVENT_LIMIT:
		return event->limit.limit == LIMIT_TIME;
	case EVENT_END:
		/* What ended the program ended the test: there was no quiet moment any more. */
		return matcher->story->limit != STORY_NONE || matcher->story->spin != STORY_NONE;
	case EVENT_START:
	case EVENT_STEP:
	case EVENT_LAUNCH:
	case EVENT_FORK:
	case EVENT_EXEC:
	case EVENT_EXIT:
	case EVENT_SIGNAL:
	case EVENT_CALL:
	case EVENT_RETURN:
	case EVENT_CONNECTION:
	case EVENT_SEGMENT:
	case EVENT_STATE:
	case EVENT_PEER:
	case EVENT_OUTPUT:
	case EVENT_COUNT:
	case EVENT_BLOCKED:
	case EVENT_SETBACK:
	case EVENT_VARIED:
	case EVENT_DROPPED:
	case EVENT_SOURCE:
		break;
	}
	return false;
}

/* The list shrinks to those that still wait. */
static void waiting_compact(struct matcher *matcher)
{
	size_t kept = 0;
	for (size_t i = 0; i < matcher->waiting_count; i++) {
		struct expectation *x = matcher->waiting[i];
		if (x->phase == PHASE_WAITING)
			matcher->waiting[kept++] = x;
	}
	matcher->waiting_count = kept;
	kept = 0;
	for (size_t i = 0; i < matcher->begun_count; i++) {
		struct expectation *x = matcher->begun[i];
		if (x->phase == PHASE_BEGUN)
			matcher->begun[kept++] = x;
	}
	matcher->begun_count = kept;
}

static bool waits_behind(const struct expectation *x)
{
	return (x->behind != NULL && x->behind->phase != PHASE_DECIDED) ||
	       (x->needs != NULL && x->needs->phase != PHASE_DECIDED);
}

static bool is_met_or_open(const struct expectation *x)
{
	return x == NULL || x->phase != PHASE_DECIDED || x->verdict.verdict == STEP_MET;
}

/* A line behind one of the same view that is not met has nothing to look at; nor has one whose name was not kept. */
static bool waits_for_nothing(struct matcher *matcher, struct expectation *x)
{
	if (is_met_or_open(x->behind) && is_met_or_open(x->needs))
		return false;
	expectation_passed_over(matcher, x);
	return true;
}

static void waiting_feed(struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->waiting_count; i++) {
		struct expectation *x = matcher->waiting[i];
		if (x->phase == PHASE_WAITING && !waits_behind(x) && !waits_for_nothing(matcher, x))
			x->judge->feed(matcher, x);
	}
	for (size_t i = 0; matcher->event->kind == EVENT_PEER && i < matcher->begun_count; i++) {
		struct expectation *x = matcher->begun[i];
		if (x->phase == PHASE_BEGUN && x->line->kind == LINE_ACTION && x->line->step->verb == VERB_RECEIVE &&
		    !story_datagrams(matcher->story))
			action_receives(matcher, x, false);
	}
}

/* Those that wait now are decided; those that only now become current have their own quiet moment. */
static void waiting_decide(struct matcher *matcher)
{
	size_t count = matcher->waiting_count;
	for (size_t i = 0; i < count; i++) {
		struct expectation *x = matcher->waiting[i];
		if (x->phase == PHASE_WAITING && !waits_behind(x) && !waits_for_nothing(matcher, x))
			x->judge->at_quiet(matcher, x);
	}
}

/* Segments were lost: what was missed may have been among them. */
static void segments_lost(struct matcher *matcher)
{
	for (uint32_t i = 0; i < matcher->test->line_count; i++) {
		struct expectation *x = &matcher->lines[i];
		if (x->phase != PHASE_DECIDED || !x->on_segments || x->verdict.verdict != STEP_UNMET)
			continue;
		x->verdict.verdict = STEP_INCONCLUSIVE;
		x->verdict.seen = "the capture lost segments, so this cannot be decided";
	}
}

void matcher_feed(struct matcher *matcher, const struct event *event)
{
	matcher->event = event;
	story_feed(matcher->story, event);
	if (event->kind == EVENT_STEP)
		feed_step(matcher, event);
	/* Each decision may make a further line current: until nothing changes. */
	size_t before;
	do {
		before = matcher->waiting_count;
		waiting_feed(matcher);
	} while (matcher->waiting_count != before);
	if (event_decides(matcher, event))
		waiting_decide(matcher);
	if (event->kind == EVENT_DROPPED && event->dropped.count > 0)
		segments_lost(matcher);
	waiting_compact(matcher);
	matcher->event = NULL;
}

const struct story *matcher_story(const struct matcher *matcher)
{
	return matcher->story;
}

const struct line *matcher_next(struct matcher *matcher)
{
	while (matcher->ready_next < matcher->ready_count) {
		struct expectation *x = matcher->ready[matcher->ready_next++];
		if (x->phase != PHASE_READY)
			continue;
		x->phase = PHASE_GIVEN;
		matcher->unended++;
		return x->line;
	}
	return NULL;
}

bool matcher_waiting(const struct matcher *matcher)
{
	return matcher->waiting_count > 0 || matcher->unended > 0;
}

/* No branch that goes on is left below a line of the block. */
static bool run_finished(const struct matcher *matcher, const struct block_run *run)
{
	if (block_run_over(run))
		return true;
	if (!run->halted)
		return false;
	for (size_t i = 0; i < run->next; i++) {
		const struct expectation *x = &matcher->lines[run->block->lines[i].number];
		if (x->phase == PHASE_DECIDED || x->line->kind == LINE_EXPECTATION)
			continue;
		return false;
	}
	return true;
}

bool matcher_finished(const struct matcher *matcher)
{
	return run_finished(matcher, &matcher->root);
}

bool matcher_wants_counts(const struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->waiting_count; i++) {
		enum verb verb = matcher->waiting[i]->line->step->verb;
		if (verb == VERB_SOCKETS || verb == VERB_DESCRIPTORS || verb == VERB_ZOMBIES || verb == VERB_PROCESSES ||
		    verb == VERB_THREADS)
			return true;
	}
	return false;
}

/* Nobody does anything behind this line: what follows is the program's alone. */
static bool acts_no_more(const struct matcher *matcher, const struct line *line)
{
	for (uint32_t i = line->number + 1; i < matcher->test->line_count; i++) {
		if (matcher->test->by_number[i]->kind == LINE_ACTION || matcher->test->by_number[i]->kind == LINE_HARNESS)
			return false;
	}
	return true;
}

bool matcher_wants_timers(const struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->waiting_count; i++) {
		enum verb verb = matcher->waiting[i]->line->step->verb;
		/* Where time costs nothing, a silence at the end is one for as long as the test may take. */
		if (verb == VERB_SILENT && matcher->test->virtual_time && acts_no_more(matcher, matcher->waiting[i]->line))
			return true;
		if (verb != VERB_SILENT && verb != VERB_IDLE && verb != VERB_ALIVE)
			return true;
	}
	return matcher->unended > 0;
}

bool matcher_wants_states(const struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->waiting_count; i++) {
		if (matcher->waiting[i]->judge->wants_states)
			return true;
	}
	return false;
}

bool matcher_reached(const struct matcher *matcher, uint32_t number)
{
	if (number >= matcher->test->line_count)
		return false;
	const struct expectation *x = &matcher->lines[number];
	if (x->phase != PHASE_WAITING)
		return x->phase != PHASE_LATER;
	/* Its turn comes behind the lines before it, though it is looked at already. */
	for (size_t i = 0; i < x->run->next; i++) {
		const struct line *line = &x->run->block->lines[i];
		if (line->number >= number)
			break;
		if (matcher->lines[line->number].phase != PHASE_DECIDED)
			return false;
	}
	return true;
}

const struct line_verdict *matcher_verdict(const struct matcher *matcher, uint32_t number)
{
	static const struct line_verdict none = {.verdict = STEP_NOT_REACHED};
	return number < matcher->test->line_count ? &matcher->lines[number].verdict : &none;
}
