/* Which runs a varied test has, and which failing case is told: decided by verdicts alone. */
#include "run/series.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "spec/plan.h"
#include "spec/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct stage {
	struct arena *arena;
	const struct plan_test *test;
	struct series series;
	unsigned runs;
	struct variation kept;
	bool keeps_one, kept_passes;
};

static struct stage stage_of(const char *key, const char *sent, uint64_t seed, unsigned repeat)
{
	struct stage stage = {.arena = arena_create()};
	struct diags diags;
	diags_init(&diags, stage.arena);
	TEXT_AUTO yaml = {0};
	text_printf(&yaml, "format: 1\nname: s\ntests:\n  - name: t\n    %s\n    steps: [client: {send: \"%s\"}]\n", key,
	            sent);
	struct spec_source source = {.path = "s.yaml", .bytes = yaml.bytes, .length = yaml.length};
	struct spec *spec = spec_read(&source, seed, stage.arena, &diags);
	static const bool nobody[2];
	if (spec == NULL)
		fail_msg("%s", diags.list[0].message);
	stage.test = &plan_make(spec, NULL, nobody, seed, stage.arena, &diags)->tests[0];
	series_begin(&stage.series, stage.test, repeat, stage.arena);
	return stage;
}

typedef bool (*judgement)(const struct variation *);

enum { AT_ONCE = 8 };

/* Plays the series to its end, with so many runs at a time; the last one begun ends first. */
static void play(struct stage *stage, judgement passes, unsigned at_once)
{
	struct variation open[AT_ONCE];
	uint32_t tickets[AT_ONCE];
	unsigned count = 0;
	while (!series_done(&stage->series)) {
		while (count < at_once && series_next(&stage->series, &open[count], &tickets[count]))
			count++;
		assert_true(count > 0);
		count--;
		stage->runs++;
		assert_true(stage->runs < 10000);
		bool good = passes(&open[count]);
		if (series_end(&stage->series, tickets[count], good ? TEST_PASS : TEST_FAIL)) {
			stage->kept = open[count];
			stage->kept_passes = good;
			stage->keeps_one = true;
		}
	}
}

static const char *kept_text(struct stage *stage)
{
	TEXT_AUTO text = {0};
	variation_text(&text, stage->test, &stage->kept);
	return arena_string(stage->arena, text_string(&text));
}

static bool always(const struct variation *variation)
{
	(void)variation;
	return true;
}

static bool never(const struct variation *variation)
{
	(void)variation;
	return false;
}

/* A program that takes a read for a message. */
static bool uncut(const struct variation *variation)
{
	return variation->cut_count == 0;
}

static bool apart(const struct variation *variation)
{
	for (uint32_t i = 0; i < variation->cut_count; i++)
		if (variation->cuts[i].at == CUT_JOINS)
			return false;
	return true;
}

static bool not_between_three_and_four(const struct variation *variation)
{
	for (uint32_t i = 0; i < variation->cut_count; i++)
		if (variation->cuts[i].at == 3)
			return false;
	return true;
}

static bool fewer_than_three_pieces(const struct variation *variation)
{
	return variation->cut_count < 2;
}

static bool never_interrupted(const struct variation *variation)
{
	for (uint32_t i = 0; i < variation->setback_count; i++)
		if (variation->setbacks[i].kind == SETBACK_FAILS && variation->setbacks[i].call == SETBACK_READ)
			return false;
	return true;
}

static void a_test_that_is_not_varied_runs_once(void **state)
{
	(void)state;
	struct stage stage = stage_of("title: t", "hello\\n", 1, 1);
	play(&stage, always, 2);
	assert_int_equal(stage.runs, 1);
	assert_int_equal(series_runs(&stage.series), 1);
	arena_destroy(stage.arena);
}

static void a_repeated_test_runs_as_often_as_asked_for_even_when_it_fails(void **state)
{
	(void)state;
	struct stage stage = stage_of("title: t", "hello\\n", 1, 20);
	play(&stage, never, 4);
	assert_int_equal(stage.runs, 20);
	assert_false(stage.series.unstable);
	arena_destroy(stage.arena);
}

static void at_most_as_many_cases_are_run_as_asked_for_and_no_two_alike(void **state)
{
	(void)state;
	struct stage stage = stage_of("vary: {segments: 50}", "hello, world\\n", 1, 1);
	play(&stage, always, 2);
	assert_true(stage.runs > 20 && stage.runs <= 50);
	assert_true(stage.kept_passes);
	assert_int_equal(stage.kept.cut_count, 0);
	for (uint32_t i = 0; i < stage.series.cases.count; i++)
		for (uint32_t j = 0; j < i; j++) {
			struct variation one, other;
			case_make(&stage.series.cases, i, &one);
			case_make(&stage.series.cases, j, &other);
			assert_true(one.cut_count != other.cut_count ||
			            memcmp(one.cuts, other.cuts, one.cut_count * sizeof(one.cuts[0])) != 0);
		}
	arena_destroy(stage.arena);
}

static void few_bytes_have_few_cuttings(void **state)
{
	(void)state;
	struct stage stage = stage_of("vary: {segments: 50}", "ab", 1, 1);
	play(&stage, always, 2);
	assert_int_equal(stage.runs, 2);
	arena_destroy(stage.arena);
}

static void what_fails_as_it_is_written_is_not_varied(void **state)
{
	(void)state;
	struct stage stage = stage_of("vary: {segments: 50}", "hello\\n", 1, 1);
	play(&stage, never, 2);
	assert_int_equal(stage.runs, 1);
	assert_int_equal(stage.kept.number, 1);
	arena_destroy(stage.arena);
}

static void one_cut_is_found_where_one_is_enough(void **state)
{
	(void)state;
	struct stage stage = stage_of("vary: {segments: 50}", "hello\\n", 1, 1);
	play(&stage, uncut, 2);
	assert_string_equal(kept_text(&stage), "\"hello\\n\" arrives as \"h\" + \"ello\\n\"");
	arena_destroy(stage.arena);
	stage = stage_of("vary: {segments: 50}", "hello\\n", 1, 1);
	play(&stage, not_between_three_and_four, 2);
	assert_string_equal(kept_text(&stage), "\"hello\\n\" arrives as \"hel\" + \"lo\\n\"");
	arena_destroy(stage.arena);
}

static void sends_that_follow_each_other_come_together(void **state)
{
	(void)state;
	struct stage stage =
		stage_of("vary: {segments: 20}", "one\\n\"}, client: {send: \"two\\n\"}, client: {send: \"three\\n", 5, 1);
	play(&stage, apart, 4);
	assert_string_equal(kept_text(&stage), "\"one\\n\" and \"two\\n\" arrive together in one segment");
	arena_destroy(stage.arena);
}

static void a_send_of_a_branch_is_not_joined_to_what_stands_behind_it(void **state)
{
	(void)state;
	struct stage stage = stage_of("vary: {segments: 20}",
	                              "x\"}, together: [[server: {receive: \"x\"}], [client: {send: \"one\"}]], "
	                              "client: {send: \"y\"}, client: {send: \"z",
	                              5, 1);
	assert_int_equal(stage.test->line_count, 6);
	for (uint32_t line = 0; line < 6; line++)
		assert_int_equal(variation_joins(stage.test, line), line == 4);
	arena_destroy(stage.arena);
}

static void two_cuts_stay_where_two_are_needed(void **state)
{
	(void)state;
	struct stage stage = stage_of("vary: {segments: 50}", "hello\\n", 1, 1);
	play(&stage, fewer_than_three_pieces, 2);
	assert_int_equal(stage.kept.cut_count, 2);
	assert_false(stage.kept_passes);
	arena_destroy(stage.arena);
}

static void a_long_list_of_cuts_is_halved(void **state)
{
	(void)state;
	struct stage stage = stage_of("vary: {segments: 50}", "0123456789012345678901234567890123456789\\n", 1, 1);
	play(&stage, not_between_three_and_four, 2);
	assert_int_equal(stage.kept.cut_count, 1);
	assert_int_equal(stage.kept.cuts[0].at, 3);
	assert_true(stage.series.tried <= SHRINK_MOST);
	arena_destroy(stage.arena);
}

static void the_same_seed_leads_to_the_same_case_whoever_ends_first(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 20; seed++) {
		struct stage one = stage_of("vary: {segments: 30}", "one line\\nanother\\n", seed, 1);
		play(&one, fewer_than_three_pieces, 1);
		for (unsigned at_once = 2; at_once <= AT_ONCE; at_once *= 2) {
			struct stage other = stage_of("vary: {segments: 30}", "one line\\nanother\\n", seed, 1);
			play(&other, fewer_than_three_pieces, at_once);
			assert_string_equal(kept_text(&one), kept_text(&other));
			assert_int_equal(series_runs(&one.series), series_runs(&other.series));
			arena_destroy(other.arena);
		}
		arena_destroy(one.arena);
	}
}

static void another_seed_cuts_elsewhere(void **state)
{
	(void)state;
	struct stage one = stage_of("vary: {segments: 30}", "one line\\nanother\\n", 1, 1);
	struct stage other = stage_of("vary: {segments: 30}", "one line\\nanother\\n", 2, 1);
	bool differs = false;
	for (uint32_t i = 4; i < 10; i++) {
		struct variation a, b;
		case_make(&one.series.cases, i, &a);
		case_make(&other.series.cases, i, &b);
		differs = differs || a.cut_count != b.cut_count || memcmp(a.cuts, b.cuts, sizeof(a.cuts)) != 0;
	}
	assert_true(differs);
	arena_destroy(one.arena);
	arena_destroy(other.arena);
}

static void one_interruption_is_found_among_several_setbacks(void **state)
{
	(void)state;
	struct stage stage = stage_of("vary: {short: 30}", "hello\\n", 1, 1);
	play(&stage, never_interrupted, 2);
	assert_int_equal(stage.kept.setback_count, 1);
	assert_string_equal(kept_text(&stage), "the 1st read() fails with EINTR");
	arena_destroy(stage.arena);
}

static void no_case_asks_for_the_impossible(void **state)
{
	(void)state;
	struct stage stage = stage_of("vary: {short: 500}", "hello\\n", 3, 1);
	for (uint32_t i = 0; i < stage.series.cases.count; i++) {
		struct variation variation;
		case_make(&stage.series.cases, i, &variation);
		for (uint32_t j = 0; j < variation.setback_count; j++) {
			const struct setback *setback = &variation.setbacks[j];
			assert_true((setback->nth == 0) != (setback->every == 0));
			assert_false(setback->kind == SETBACK_FAILS && setback->every == 1);
			assert_false(setback->kind == SETBACK_SHORT && setback->count == 0);
		}
	}
	arena_destroy(stage.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_test_that_is_not_varied_runs_once),
		cmocka_unit_test(a_repeated_test_runs_as_often_as_asked_for_even_when_it_fails),
		cmocka_unit_test(at_most_as_many_cases_are_run_as_asked_for_and_no_two_alike),
		cmocka_unit_test(few_bytes_have_few_cuttings),
		cmocka_unit_test(what_fails_as_it_is_written_is_not_varied),
		cmocka_unit_test(one_cut_is_found_where_one_is_enough),
		cmocka_unit_test(sends_that_follow_each_other_come_together),
		cmocka_unit_test(a_send_of_a_branch_is_not_joined_to_what_stands_behind_it),
		cmocka_unit_test(two_cuts_stay_where_two_are_needed),
		cmocka_unit_test(a_long_list_of_cuts_is_halved),
		cmocka_unit_test(the_same_seed_leads_to_the_same_case_whoever_ends_first),
		cmocka_unit_test(another_seed_cuts_elsewhere),
		cmocka_unit_test(one_interruption_is_found_among_several_setbacks),
		cmocka_unit_test(no_case_asks_for_the_impossible),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
