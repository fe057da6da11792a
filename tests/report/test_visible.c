#include "golden.h"
#include "results.h"

#include "base/arena.h"
#include "base/diag.h"
#include "report/paint.h"
#include "report/result_json.h"
#include "report/terminal.h"

struct fixture {
	struct sample sample;
	struct arena *arena;
};

static int begin(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	assert_non_null(fixture);
	sample_make(&fixture->sample);
	fixture->arena = arena_create();
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;
	sample_release(&fixture->sample);
	arena_destroy(fixture->arena);
	free(fixture);
	return 0;
}

static struct view *view_for(struct fixture *fixture, enum audience audience)
{
	return view_create(&fixture->sample.result, fixture->sample.recorded, audience, fixture->arena);
}

/* Everything that any renderer writes of a view. */
static void render_all(struct text *out, const struct view *view)
{
	static const struct paint paints[] = {
		{.unicode = true, .columns = 80}, {.columns = 100}, {.colour = true, .unicode = true, .columns = 120}};
	for (size_t i = 0; i < sizeof(paints) / sizeof(paints[0]); i++)
		terminal_report(out, &paints[i], view, 60);
	result_json_write(out, view, "0.0", true);
}

static void an_instructor_sees_everything(void **state)
{
	struct view *view = view_for(*state, AUDIENCE_INSTRUCTOR);
	TEXT_AUTO out = {0};
	render_all(&out, view);
	static const char *const words[] = {SECRET_NAME, SECRET_TITLE, SECRET_WORD, "13.25",         "110.75",
	                                    "ocelot",    "marmot",     "strlen()",  "secret-finding"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_non_null(strstr(text_string(&out), words[i]));
	assert_false(view->partial);
}

static void nothing_of_a_hidden_test_reaches_a_student(void **state)
{
	struct view *view = view_for(*state, AUDIENCE_STUDENT);
	TEXT_AUTO out = {0};
	render_all(&out, view);
	static const char *const words[] = {SECRET_NAME, SECRET_TITLE, SECRET_WORD, "13.25",
	                                    "110.75",    "secret",     "12 tests",  "hidden\": true"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(text_string(&out), words[i]) != NULL)
			fail_msg("a student can read \"%s\"", words[i]);
}

static void nothing_in_a_student_s_view_points_to_a_hidden_test(void **state)
{
	struct view *view = view_for(*state, AUDIENCE_STUDENT);
	assert_int_equal(view->result.test_count, SAMPLE_TESTS - 1);
	assert_int_equal(view->result.spec->test_count, SAMPLE_TESTS - 1);
	for (size_t i = 0; i < view->result.test_count; i++) {
		const struct test *test = view->result.tests[i].test;
		assert_ptr_equal(test, &view->result.spec->tests[i]);
		assert_false(test->hidden);
		for (size_t j = 0; j < test->requires_count; j++)
			assert_in_range(test->requires[j], 0, view -> result.test_count - 1);
		const struct plan_test *plan = view->recorded[i].plan;
		if (plan == NULL)
			continue;
		assert_ptr_equal(plan->test, test);
		assert_ptr_equal(plan->spec, view->result.spec);
		assert_int_equal(plan->index, i);
		assert_ptr_not_equal(view->recorded[i].timeline, ((struct fixture *)*state)->sample.timelines[2]);
	}
}

static void a_student_s_total_is_of_what_is_shown_and_says_so(void **state)
{
	struct view *view = view_for(*state, AUDIENCE_STUDENT);
	assert_true(view->partial);
	assert_true(view->result.points == 17.5);
	assert_true(view->result.max_points == 110.75 - SECRET_POINTS);
	TEXT_AUTO out = {0};
	terminal_summary(&out, &(struct paint){.columns = 80}, view);
	assert_non_null(strstr(text_string(&out), "Tests shown here: 17.5/97.5 points"));
}

static void without_a_hidden_test_the_total_is_the_total(void **state)
{
	struct fixture *fixture = *state;
	struct result result = fixture->sample.result;
	result.test_count = TEST_SECRET;
	result.finding_count = 1;
	struct view *view = view_create(&result, fixture->sample.recorded, AUDIENCE_STUDENT, fixture->arena);
	assert_false(view->partial);
	assert_true(view->result.max_points == result.max_points);
}

static void a_test_behind_a_hidden_one_does_not_say_why_it_was_skipped(void **state)
{
	struct view *view = view_for(*state, AUDIENCE_STUDENT);
	assert_string_equal(view->result.tests[TEST_BEHIND_SECRET - 1].test->name, "large-echo");
	assert_string_equal(view->result.tests[TEST_BEHIND_SECRET - 1].reason, "not tried");
	assert_string_equal(view->result.tests[TEST_BEHIND_CLOSE - 1].reason,
	                    "not tried: it needs clean-close, which did not pass");
}

static void a_hidden_test_far_up_the_chain_is_not_named_either(void **state)
{
	struct fixture *fixture = *state;
	struct test tests[3] = {{.name = SECRET_NAME, .hidden = true}, {.name = "middle"}, {.name = "last"}};
	static const size_t first[] = {0}, second[] = {1};
	tests[1].requires = first;
	tests[2].requires = second;
	tests[1].requires_count = tests[2].requires_count = 1;
	struct spec spec = {.tests = tests, .test_count = 3};
	struct test_result results[3] = {{.test = &tests[0], .verdict = TEST_FAIL},
	                                 {.test = &tests[1], .verdict = TEST_SKIPPED, .reason = SECRET_NAME},
	                                 {.test = &tests[2], .verdict = TEST_SKIPPED, .reason = SECRET_NAME}};
	struct result result = {.spec = &spec, .tests = results, .test_count = 3};
	assert_null(view_test(&result, 0, AUDIENCE_STUDENT, fixture->arena));
	assert_string_equal(view_test(&result, 2, AUDIENCE_STUDENT, fixture->arena)->reason,
	                    "not tried: it needs middle, which did not pass");
}

static void hint_shows_the_hint_and_the_verdict_only(void **state)
{
	struct view *view = view_for(*state, AUDIENCE_STUDENT);
	const struct test_result *test = &view->result.tests[TEST_HINTED - 1];
	assert_string_equal(test->test->hint, "shutdown() closes one direction only.");
	assert_int_equal(test->verdict, TEST_FAIL);
	assert_int_equal(test->step_count + test->rule_count, 0);
	assert_null(test->reason);
	assert_null(view->recorded[TEST_HINTED - 1].timeline);
	TEXT_AUTO out = {0};
	render_all(&out, view);
	assert_null(strstr(text_string(&out), "ocelot"));
}

static void verdict_shows_the_verdict_only(void **state)
{
	struct view *view = view_for(*state, AUDIENCE_STUDENT);
	const struct test_result *test = &view->result.tests[TEST_SEALED - 1];
	assert_null(test->test->hint);
	assert_null(test->test->cite);
	TEXT_AUTO out = {0};
	render_all(&out, view);
	assert_null(strstr(text_string(&out), "marmot"));
	assert_null(strstr(text_string(&out), "strlen()"));
}

static void findings_of_limited_tests_are_left_out(void **state)
{
	struct fixture *fixture = *state;
	fixture->sample.findings[2].test = "half-close";
	struct view *view = view_for(fixture, AUDIENCE_STUDENT);
	assert_int_equal(view->result.finding_count, 1);
	assert_string_equal(view->result.findings[0].id, "eof-ignored");
}

static void a_stored_result_filters_as_a_fresh_one_does(void **state)
{
	struct fixture *fixture = *state;
	TEXT_AUTO stored = {0};
	result_json_write(&stored, view_create(&fixture->sample.result, NULL, AUDIENCE_INSTRUCTOR, fixture->arena), "0",
	                  true);
	struct diags diags;
	diags_init(&diags, fixture->arena);
	struct view *read = result_json_read(text_string(&stored), stored.length, "result.json", fixture->arena, &diags);
	assert_non_null(read);
	TEXT_AUTO fresh = {0};
	TEXT_AUTO again = {0};
	result_json_write(&fresh, view_create(&fixture->sample.result, NULL, AUDIENCE_STUDENT, fixture->arena), "0", true);
	result_json_write(&again, view_create(&read->result, NULL, AUDIENCE_STUDENT, fixture->arena), "0", true);
	assert_string_equal(text_string(&fresh), text_string(&again));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(an_instructor_sees_everything),
		CASE(nothing_of_a_hidden_test_reaches_a_student),
		CASE(nothing_in_a_student_s_view_points_to_a_hidden_test),
		CASE(a_student_s_total_is_of_what_is_shown_and_says_so),
		CASE(without_a_hidden_test_the_total_is_the_total),
		CASE(a_test_behind_a_hidden_one_does_not_say_why_it_was_skipped),
		CASE(a_hidden_test_far_up_the_chain_is_not_named_either),
		CASE(hint_shows_the_hint_and_the_verdict_only),
		CASE(verdict_shows_the_verdict_only),
		CASE(findings_of_limited_tests_are_left_out),
		CASE(a_stored_result_filters_as_a_fresh_one_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
