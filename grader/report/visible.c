#include "report/visible.h"

#include "base/arena.h"
#include "model/plan.h"

#include <string.h>

NAMES_DEFINE(audience, AUDIENCES)

static bool test_shown(const struct test *test, enum audience audience)
{
	return audience == AUDIENCE_INSTRUCTOR || !test->hidden;
}

bool view_details(const struct test *test, enum audience audience)
{
	return audience == AUDIENCE_INSTRUCTOR || (!test->hidden && test->show == SHOW_FULL);
}

/* Whether a chain of `requires` leads to a hidden test. */
static bool needs_hidden(const struct spec *spec, const struct test *test, struct arena *arena)
{
	if (spec == NULL)
		return false;
	bool *seen = arena_array(arena, spec->test_count, sizeof(*seen));
	const struct test **todo = arena_array(arena, spec->test_count + 1, sizeof(*todo));
	size_t count = 0;
	todo[count++] = test;
	while (count > 0) {
		const struct test *one = todo[--count];
		for (size_t i = 0; i < one->requires_count; i++) {
			size_t needed = one->requires[i];
			if (seen[needed])
				continue;
			if (spec->tests[needed].hidden)
				return true;
			seen[needed] = true;
			todo[count++] = &spec->tests[needed];
		}
	}
	return false;
}

static const struct test_result *result_of(const struct result *result, const struct test *test)
{
	for (size_t i = 0; i < result->test_count; i++)
		if (result->tests[i].test == test)
			return &result->tests[i];
	return NULL;
}

/* Why a test was skipped, in a sentence that names no hidden test. */
static const char *skip_reason(const struct result *result, const struct test *test, struct arena *arena)
{
	for (size_t i = 0; result->spec != NULL && i < test->requires_count; i++) {
		const struct test *needed = &result->spec->tests[test->requires[i]];
		const struct test_result *came = result_of(result, needed);
		if (needed->hidden || came == NULL || came->verdict == TEST_PASS)
			continue;
		return arena_printf(arena, "not tried: it needs %s, which did not pass", needed->name);
	}
	return "not tried";
}

static struct test *copy_test(const struct test *test, enum audience audience, struct arena *arena)
{
	struct test *copy = arena_alloc(arena, sizeof(*copy));
	*copy = *test;
	if (audience == AUDIENCE_INSTRUCTOR)
		return copy;
	copy->place = (struct place){0};
	copy->requires = NULL;
	copy->requires_count = 0;
	if (test->show == SHOW_FULL)
		return copy;
	copy->steps = (struct block){0};
	copy->actors = NULL;
	copy->actor_count = 0;
	copy->cite = NULL;
	if (test->show == SHOW_VERDICT)
		copy->hint = NULL;
	return copy;
}

static void copy_steps(struct test_result *to, enum audience audience, struct arena *arena)
{
	const struct step_result *from = to->steps;
	to->steps = arena_array(arena, to->step_count, sizeof(*to->steps));
	for (size_t i = 0; i < to->step_count; i++) {
		to->steps[i] = from[i];
		if (audience == AUDIENCE_STUDENT)
			to->steps[i].place = (struct place){0};
	}
}

static void fill_test(struct test_result *to, const struct result *result, const struct test_result *from,
                      enum audience audience, struct arena *arena)
{
	*to = *from;
	to->test = copy_test(from->test, audience, arena);
	if (audience == AUDIENCE_STUDENT && from->verdict == TEST_SKIPPED && needs_hidden(result->spec, from->test, arena))
		to->reason = skip_reason(result, from->test, arena);
	if (view_details(from->test, audience)) {
		copy_steps(to, audience, arena);
		return;
	}
	to->steps = NULL;
	to->rules = NULL;
	to->step_count = to->rule_count = 0;
	to->under = NULL;
	if (from->verdict != TEST_SKIPPED)
		to->reason = NULL;
}

const struct test_result *view_test(const struct result *result, size_t index, enum audience audience,
                                    struct arena *arena)
{
	const struct test_result *from = &result->tests[index];
	if (!test_shown(from->test, audience))
		return NULL;
	struct test_result *to = arena_alloc(arena, sizeof(*to));
	fill_test(to, result, from, audience, arena);
	return to;
}

/* A spec of the tests shown, and `requires` among them. */
static void fill_spec(struct view *view, const struct result *from, struct arena *arena)
{
	struct spec *spec = arena_alloc(arena, sizeof(*spec));
	if (from->spec != NULL)
		*spec = *from->spec;
	struct test *tests = arena_array(arena, view->result.test_count, sizeof(*tests));
	size_t *origin = arena_array(arena, view->result.test_count, sizeof(*origin));
	size_t to = 0;
	for (size_t i = 0; i < from->test_count; i++) {
		if (!test_shown(from->tests[i].test, view->audience))
			continue;
		origin[to] = i;
		tests[to] = *view->result.tests[to].test;
		view->result.tests[to].test = &tests[to];
		to++;
	}
	for (size_t i = 0; i < to; i++) {
		const struct test *test = from->tests[origin[i]].test;
		size_t *needs = arena_array(arena, test->requires_count, sizeof(*needs));
		size_t count = 0;
		for (size_t j = 0; from->spec != NULL && j < test->requires_count; j++)
			for (size_t k = 0; k < to; k++)
				if (from->tests[origin[k]].test == &from->spec->tests[test->requires[j]])
					needs[count++] = k;
		tests[i].requires = needs;
		tests[i].requires_count = count;
	}
	spec->tests = tests;
	spec->test_count = to;
	view->result.spec = spec;
}

static void fill_findings(struct view *view, const struct result *from, struct arena *arena)
{
	struct result *result = &view->result;
	result->findings = arena_array(arena, from->finding_count, sizeof(*result->findings));
	result->finding_count = 0;
	for (size_t i = 0; i < from->finding_count; i++) {
		const struct test *test = NULL;
		for (size_t j = 0; j < from->test_count && from->findings[i].test != NULL; j++)
			if (strcmp(from->tests[j].test->name, from->findings[i].test) == 0)
				test = from->tests[j].test;
		bool shown = test != NULL ? view_details(test, view->audience) : view->audience == AUDIENCE_INSTRUCTOR;
		if (shown)
			result->findings[result->finding_count++] = from->findings[i];
	}
}

static struct recorded copy_recorded(const struct view *view, size_t index, const struct recorded *from,
                                     struct arena *arena)
{
	if (from->plan == NULL || from->timeline == NULL)
		return (struct recorded){0};
	struct plan_test *plan = arena_alloc(arena, sizeof(*plan));
	*plan = *from->plan;
	plan->test = view->result.tests[index].test;
	plan->spec = view->result.spec;
	plan->index = index;
	return (struct recorded){plan, from->timeline};
}

struct view *view_create(const struct result *from, const struct recorded *recorded, enum audience audience,
                         struct arena *arena)
{
	struct view *view = arena_alloc(arena, sizeof(*view));
	view->audience = audience;
	view->result = *from;
	struct result *result = &view->result;
	result->tests = arena_array(arena, from->test_count, sizeof(*result->tests));
	result->test_count = 0;
	for (size_t i = 0; i < from->test_count; i++)
		if (test_shown(from->tests[i].test, audience))
			fill_test(&result->tests[result->test_count++], from, &from->tests[i], audience, arena);
	view->partial = result->test_count < from->test_count;
	if (view->partial)
		result->points = result->max_points = 0;
	for (size_t i = 0; i < result->test_count && view->partial; i++) {
		result->points += result->tests[i].points;
		result->max_points += result->tests[i].max_points;
	}
	fill_spec(view, from, arena);
	fill_findings(view, from, arena);
	view->recorded = arena_array(arena, result->test_count, sizeof(*view->recorded));
	for (size_t i = 0, to = 0; i < from->test_count; i++) {
		if (!test_shown(from->tests[i].test, audience))
			continue;
		if (recorded != NULL && view_details(from->tests[i].test, audience))
			view->recorded[to] = copy_recorded(view, to, &recorded[i], arena);
		to++;
	}
	return view;
}

static void collect(struct evidence *into, const struct evidence *from)
{
	for (size_t i = 0; i < from->count && into->count < EVIDENCE_MOST; i++) {
		bool known = false;
		for (size_t j = 0; j < into->count; j++)
			known = known || into->events[j] == from->events[i];
		if (!known)
			into->events[into->count++] = from->events[i];
	}
}

struct evidence view_evidence(const struct view *view, const struct test_result *test)
{
	struct evidence all = {0};
	for (size_t i = 0; i < test->step_count; i++)
		if (test->steps[i].verdict == STEP_UNMET || test->steps[i].verdict == STEP_INCONCLUSIVE)
			collect(&all, &test->steps[i].evidence);
	for (size_t i = 0; i < test->rule_count; i++)
		collect(&all, &test->rules[i].evidence);
	for (size_t i = 0; i < view->result.finding_count; i++)
		if (strcmp(view->result.findings[i].test, test->test->name) == 0)
			collect(&all, &view->result.findings[i].evidence);
	return all;
}
