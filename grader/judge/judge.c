#include "judge/judge.h"

#include "judge/circumstances.h"
#include "judge/expect.h"
#include "judge/rules.h"

#include "base/arena.h"
#include "base/text.h"
#include "model/describe.h"

#include <stdlib.h>
#include <string.h>

struct steps {
	const struct plan_test *test;
	struct arena *arena;
	struct step_result *list;
	const struct step **sources; /* of each */
	size_t count, capacity, source_capacity;
};

static const char *actor_name(const struct test *test, int actor)
{
	if (actor >= 0)
		return test->actors[actor].name;
	return actor == ACTOR_CLIENTS ? "clients" : actor == ACTOR_SERVERS ? "servers" : NULL;
}

static void step_add(struct steps *steps, const struct step *step)
{
	steps->list = arena_grow(steps->arena, steps->list, &steps->capacity, steps->count + 1, sizeof(*steps->list));
	steps->sources =
		arena_grow(steps->arena, steps->sources, &steps->source_capacity, steps->count + 1, sizeof(*steps->sources));
	TEXT_AUTO text = {0};
	step_text(&text, steps->test->test, step);
	steps->sources[steps->count] = step;
	steps->list[steps->count++] = (struct step_result){
		.place = step->place,
		.text = arena_string(steps->arena, text_string(&text)),
		.actor = actor_name(steps->test->test, step->actor),
		.verdict = STEP_MET,
	};
}

/* The steps that ask for something, in the order written; blocks of steps are not steps themselves. */
static void steps_collect(struct steps *steps, const struct block *block)
{
	for (size_t i = 0; i < block->count; i++) {
		const struct step *step = &block->steps[i];
		if (step->verb != VERB_TOGETHER && step->verb != VERB_REPEAT)
			step_add(steps, step);
		for (size_t j = 0; j < step->branch_count; j++)
			steps_collect(steps, &step->branches[j]);
	}
}

struct source {
	const struct step *step;
	size_t index;
};

static int source_compare(const void *a, const void *b)
{
	uintptr_t left = (uintptr_t)((const struct source *)a)->step, right = (uintptr_t)((const struct source *)b)->step;
	return left < right ? -1 : left > right;
}

/* The worse comes first. */
static int rank(enum step_verdict verdict)
{
	switch (verdict) {
	case STEP_UNMET:
		return 3;
	case STEP_INCONCLUSIVE:
		return 2;
	case STEP_NOT_REACHED:
		return 1;
	case STEP_MET:
		return 0;
	}
	return 0;
}

static void step_take(struct step_result *into, const struct line *line, const struct line_verdict *verdict, bool first)
{
	into->expectation = into->expectation || line->kind == LINE_EXPECTATION;
	if (!first && rank(verdict->verdict) <= rank(into->verdict))
		return;
	into->verdict = verdict->verdict;
	into->expected = verdict->expected;
	into->seen = verdict->seen;
	into->by_deadline = verdict->by_deadline;
	into->evidence = verdict->evidence;
}

static void steps_judge(struct steps *steps, const struct matcher *matcher)
{
	struct source *sources = arena_array(steps->arena, steps->count + 1, sizeof(*sources));
	bool *taken = arena_array(steps->arena, steps->count + 1, sizeof(*taken));
	for (size_t i = 0; i < steps->count; i++)
		sources[i] = (struct source){steps->sources[i], i};
	qsort(sources, steps->count, sizeof(*sources), source_compare);
	for (uint32_t i = 0; i < steps->test->line_count; i++) {
		const struct line *line = steps->test->by_number[i];
		struct source key = {.step = line->step};
		const struct source *found = bsearch(&key, sources, steps->count, sizeof(*sources), source_compare);
		if (found == NULL)
			continue;
		step_take(&steps->list[found->index], line, matcher_verdict(matcher, i), !taken[found->index]);
		taken[found->index] = true;
	}
}

/* Why nothing may be held against the program, or NULL. */
static const char *doubt_of(const struct plan_test *test, const struct timeline *timeline, const struct story *story)
{
	if (timeline->truncated)
		return "the program did more than the grader can record, so this cannot be decided";
	for (uint32_t i = 0; i < test->line_count && story->watch == WATCH_NOTHING; i++) {
		const struct line *line = test->by_number[i];
		if (line->step->verb == VERB_HOLD && line->actor >= 0 && plan_student(test, line->actor))
			return "a program cannot be held still without tracing it, so this cannot be decided here";
	}
	return NULL;
}

/* A broken rule in doubt is a last step in doubt. */
static void doubt_raise(struct test_result *result, struct steps *steps, const char *doubt)
{
	for (size_t i = 0; i < steps->count; i++) {
		if (steps->list[i].verdict != STEP_UNMET && (result->rule_count == 0 || i + 1 < steps->count))
			continue;
		steps->list[i].verdict = STEP_INCONCLUSIVE;
		steps->list[i].seen = doubt;
	}
	result->rule_count = 0;
}

static const struct step_result *first_of(const struct steps *steps, enum step_verdict verdict)
{
	for (size_t i = 0; i < steps->count; i++) {
		if (steps->list[i].verdict == verdict)
			return &steps->list[i];
	}
	return NULL;
}

static void verdict_set(struct test_result *result, const struct steps *steps, const struct story *story)
{
	const struct step_result *unmet = first_of(steps, STEP_UNMET), *open = first_of(steps, STEP_INCONCLUSIVE);
	if (unmet != NULL || result->rule_count > 0) {
		result->verdict = TEST_FAIL;
		result->reason = unmet != NULL ? unmet->seen : result->rules[0].seen;
	} else if (story->end == STORY_NONE || !story->complete) {
		result->verdict = TEST_ERROR;
		result->reason = "the grader could not play the test to its end";
	} else if (open != NULL) {
		result->verdict = TEST_INCONCLUSIVE;
		result->reason = open->seen;
	} else if (first_of(steps, STEP_NOT_REACHED) != NULL && (story->spin != STORY_NONE || story->limit != STORY_NONE)) {
		result->verdict = TEST_FAIL;
		result->reason = "the program was ended before every step was decided: it never came to rest";
	} else if (first_of(steps, STEP_NOT_REACHED) != NULL) {
		result->verdict = TEST_ERROR;
		result->reason = "the run ended before every step was decided";
	} else {
		result->verdict = TEST_PASS;
	}
}

/* Where calls are not traced none can be made to fail, and sockets keep the system's buffers: what was played was an
 * easier test. */
static void circumstances_doubt(const struct plan_test *test, struct test_result *result, const struct story *story)
{
	bool fails = test->test->setback_count > 0 || test->test->vary_shorts > 0;
	if ((!fails && test->test->buffer_bytes == 0) || result->verdict != TEST_PASS || story_sees_calls(story))
		return;
	result->verdict = TEST_INCONCLUSIVE;
	result->reason = fails ? "the program's calls are not traced here, so none could be made to fail or to do less"
	                       : "the program's calls are not traced here, so its sockets' buffers could not be made small";
}

static double points_of(const struct test_result *result, const struct steps *steps)
{
	if (result->verdict == TEST_PASS)
		return result->max_points;
	if (!result->test->score_steps || result->verdict == TEST_ERROR)
		return 0;
	/* A broken rule weighs as much as an expectation. */
	size_t all = result->rule_count, met = 0;
	for (size_t i = 0; i < steps->count; i++) {
		if (!steps->list[i].expectation)
			continue;
		all++;
		met += steps->list[i].verdict == STEP_MET;
	}
	return all > 0 ? result->max_points * (double)met / (double)all : 0;
}

const char *judge_source(const struct timeline *timeline, const struct evidence *evidence, struct arena *arena)
{
	for (size_t i = 0; i < evidence->count; i++) {
		TEXT_AUTO source = {0};
		if (evidence->events[i] < timeline->count &&
		    timeline_source(timeline, &timeline->events[evidence->events[i]], &source))
			return arena_string(arena, text_string(&source));
	}
	return NULL;
}

/* "server.c:41: read() on descriptor 4 returned 0": as compilers say where. */
static const char *placed(const struct timeline *timeline, const struct evidence *evidence, const char *seen,
                          struct arena *arena)
{
	const char *source = judge_source(timeline, evidence, arena);
	return source != NULL && seen != NULL ? arena_printf(arena, "%s: %s", source, seen) : seen;
}

static void steps_place(struct steps *steps, const struct timeline *timeline)
{
	for (size_t i = 0; i < steps->count; i++) {
		struct step_result *step = &steps->list[i];
		if (step->verdict == STEP_UNMET)
			step->seen = placed(timeline, &step->evidence, step->seen, steps->arena);
	}
}

void judge_test(const struct plan_test *test, const struct timeline *timeline, struct arena *arena,
                struct test_result *result)
{
	*result = (struct test_result){.test = test->test, .max_points = test->test->points, .runs = timeline != NULL};
	struct steps steps = {.test = test, .arena = arena};
	steps_collect(&steps, &test->test->steps);
	result->steps = steps.list;
	result->step_count = steps.count;
	struct matcher *matcher = matcher_create(test, arena);
	if (timeline == NULL) {
		steps_judge(&steps, matcher);
		for (size_t i = 0; i < steps.count; i++)
			steps.list[i].verdict = STEP_NOT_REACHED;
		result->verdict = TEST_SKIPPED;
		result->reason = "a test that it requires did not pass";
		return;
	}
	matcher->story->whole = timeline;
	for (size_t i = 0; i < timeline->count; i++)
		matcher_feed(matcher, &timeline->events[i]);
	steps_judge(&steps, matcher);
	steps_place(&steps, timeline);
	rules_judge(test, matcher->story, matcher, arena, result);
	for (size_t i = 0; i < result->rule_count; i++)
		result->rules[i].seen = placed(timeline, &result->rules[i].evidence, result->rules[i].seen, arena);
	const char *doubt = doubt_of(test, timeline, matcher->story);
	if (doubt != NULL)
		doubt_raise(result, &steps, doubt);
	verdict_set(result, &steps, matcher->story);
	circumstances_doubt(test, result, matcher->story);
	if (result->verdict != TEST_PASS)
		result->under = circumstances_text(matcher->story, arena);
	if (result->under != NULL && result->reason != NULL)
		result->reason = arena_printf(arena, "%s: %s", result->under, result->reason);
	result->points = points_of(result, &steps);
	result->duration_ns = timeline->count > 0 ? timeline->events[timeline->count - 1].time_ns : 0;
}

/* Which of the student's programs it speaks of: roles of one side are the same program. */
static int finding_side(const struct result *result, const struct finding *finding)
{
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test *test = result->tests[i].test;
		for (size_t j = 0; test != NULL && strcmp(test->name, finding->test) == 0 && j < test->actor_count; j++) {
			if (strcmp(test->actors[j].name, finding->actor) == 0)
				return (int)test->actors[j].side;
		}
	}
	return -1;
}

static bool finding_same(const struct result *result, const struct finding *a, const struct finding *b)
{
	return strcmp(a->id, b->id) == 0 && finding_side(result, a) == finding_side(result, b);
}

/* Where it is best told: the student may see it, and it has done harm there. */
static unsigned finding_rank(const struct result *result, const struct finding *finding)
{
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test *test = result->tests[i].test;
		if (test == NULL || strcmp(test->name, finding->test) != 0)
			continue;
		unsigned shown = !test->hidden && test->show == SHOW_FULL;
		return shown * 2 + (result->tests[i].verdict == TEST_FAIL);
	}
	return 0;
}

/* Of two places that show the same. */
static bool finding_goes_before(const struct result *result, const struct findings *found, size_t one, size_t other)
{
	unsigned rank_one = finding_rank(result, &found->list[one]), rank_other = finding_rank(result, &found->list[other]);
	return rank_one != rank_other ? rank_one > rank_other : one < other;
}

void judge_result(struct result *result, struct findings *found, struct arena *arena)
{
	result->points = result->max_points = 0;
	for (size_t i = 0; i < result->test_count; i++) {
		result->points += result->tests[i].points;
		result->max_points += result->tests[i].max_points;
	}
	/* One bug is told once: first where the student may see it, then where a test failed, then where it was seen
	 * first. */
	result->findings = arena_array(arena, found->count + 1, sizeof(struct finding));
	result->finding_count = 0;
	for (size_t i = 0; i < found->count; i++) {
		bool told = false;
		for (size_t j = 0; j < found->count && !told; j++)
			told = j != i && finding_same(result, &found->list[i], &found->list[j]) &&
			       finding_goes_before(result, found, j, i);
		if (!told)
			result->findings[result->finding_count++] = found->list[i];
	}
}
