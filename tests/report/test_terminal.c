#include "golden.h"
#include "results.h"
#include "width.h"

#include "base/arena.h"
#include "report/paint.h"
#include "report/terminal.h"

static const struct paint plain_80 = {.unicode = true, .columns = 80};
static const struct paint plain_100 = {.unicode = true, .columns = 100};

static void check_report(enum audience audience, const struct paint *paint, const char *golden)
{
	struct sample sample;
	sample_make(&sample);
	struct arena *arena = arena_create();
	TEXT_AUTO out = {0};
	terminal_report(&out, paint, view_create(&sample.result, sample.recorded, audience, arena), 40);
	assert_fits(&out, paint_columns(paint));
	golden_check(golden, &out);
	arena_destroy(arena);
	sample_release(&sample);
}

static void a_student_s_report_in_80_columns(void **state)
{
	(void)state;
	check_report(AUDIENCE_STUDENT, &plain_80, "report_student_80.txt");
}

static void an_instructor_s_report_in_100_columns(void **state)
{
	(void)state;
	check_report(AUDIENCE_INSTRUCTOR, &plain_100, "report_instructor_100.txt");
}

static void a_report_in_colour(void **state)
{
	(void)state;
	check_report(AUDIENCE_STUDENT, &(struct paint){.colour = true, .unicode = true, .columns = 100},
	             "report_student_100_colour.txt");
}

static void a_report_for_a_terminal_without_utf_8(void **state)
{
	(void)state;
	check_report(AUDIENCE_STUDENT, &(struct paint){.columns = 80}, "report_student_80_ascii.txt");
}

static void a_line_keeps_to_the_width_whatever_the_name(void **state)
{
	(void)state;
	struct test test = {.name = "a-name-that-is-longer-than-its-column",
	                    .robustness = true,
	                    .title = "And a title that goes on until it is far past the margin of any terminal at all"};
	struct test_result result = {.test = &test, .verdict = TEST_FAIL, .max_points = 12.5, .unstable = true};
	for (unsigned columns = 64; columns <= 120; columns++) {
		TEXT_AUTO out = {0};
		terminal_test_line(&out, &(struct paint){.unicode = true, .columns = columns}, &result, columns % 40);
		assert_fits(&out, columns);
		assert_non_null(strstr(text_string(&out), "0/12.5\n"));
	}
}

static void hostile_names_and_build_output_are_escaped(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	struct spec spec = {0};
	struct result result = {.spec = &spec,
	                        .title = "t",
	                        .submission = "ada\x1b[31m\n\xff",
	                        .build_output = "x.c:1: error\n\x1b]0;owned\x07\ncc: \xe2\x80\xae failed"};
	struct view *view = view_create(&result, NULL, AUDIENCE_STUDENT, arena);
	TEXT_AUTO out = {0};
	terminal_report(&out, &plain_80, view, 40);
	golden_check("report_build_failed.txt", &out);
	assert_null(memchr(text_string(&out), '\x1b', out.length));
	assert_null(memchr(text_string(&out), '\x07', out.length));
	arena_destroy(arena);
}

static void endless_build_output_is_cut(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	TEXT_AUTO build = {0};
	for (unsigned i = 0; i < 1000; i++)
		text_puts(&build, "error: again\n");
	struct spec spec = {0};
	struct result result = {.spec = &spec, .title = "t", .build_output = text_string(&build)};
	TEXT_AUTO out = {0};
	terminal_summary(&out, &plain_80, view_create(&result, NULL, AUDIENCE_STUDENT, arena));
	assert_non_null(strstr(text_string(&out), "  … 970 more lines\n"));
	assert_in_range(out.length, 300, 1200);
	arena_destroy(arena);
}

static void the_running_line_does_not_name_a_hidden_test_to_a_student(void **state)
{
	(void)state;
	struct test test = {.name = SECRET_NAME, .hidden = true};
	TEXT_AUTO student = {0};
	terminal_running(&student, &plain_80, &test, AUDIENCE_STUDENT);
	assert_string_equal(text_string(&student), "\r\x1b[K ◦ running …");
	TEXT_AUTO instructor = {0};
	terminal_running(&instructor, &plain_80, &test, AUDIENCE_INSTRUCTOR);
	assert_string_equal(text_string(&instructor), "\r\x1b[K ◦ running " SECRET_NAME " …");
}

static void a_long_list_of_steps_is_shown_around_what_broke(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	enum { STEPS = 200 };
	struct step_result *steps = arena_array(arena, STEPS, sizeof(*steps));
	for (size_t i = 0; i < STEPS; i++)
		steps[i] =
			sample_step((unsigned)i + 1, "client: connect", "client", false, i < 150 ? STEP_MET : STEP_NOT_REACHED);
	steps[150].verdict = STEP_UNMET;
	steps[150].seen = "nothing";
	steps[150].by_deadline = true;
	struct test test = {.name = "long"};
	struct spec spec = {.tests = &test, .test_count = 1};
	struct test_result results = {.test = &test, .verdict = TEST_FAIL, .steps = steps, .step_count = STEPS};
	struct result result = {.spec = &spec, .tests = &results, .test_count = 1, .built = true};
	TEXT_AUTO out = {0};
	terminal_test_details(&out, &plain_80, view_create(&result, NULL, AUDIENCE_INSTRUCTOR, arena), 0, 40);
	golden_check("details_many_steps.txt", &out);
	arena_destroy(arena);
}

static void points_have_at_most_two_decimals(void **state)
{
	(void)state;
	static const struct {
		double points;
		const char *words;
	} cases[] = {{10, "10"}, {7.5, "7.5"}, {2.0 / 3, "0.67"}, {0, "0"}, {100, "100"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TEXT_AUTO out = {0};
		points_text(&out, cases[i].points);
		assert_string_equal(text_string(&out), cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_student_s_report_in_80_columns),
		cmocka_unit_test(an_instructor_s_report_in_100_columns),
		cmocka_unit_test(a_report_in_colour),
		cmocka_unit_test(a_report_for_a_terminal_without_utf_8),
		cmocka_unit_test(a_line_keeps_to_the_width_whatever_the_name),
		cmocka_unit_test(hostile_names_and_build_output_are_escaped),
		cmocka_unit_test(endless_build_output_is_cut),
		cmocka_unit_test(the_running_line_does_not_name_a_hidden_test_to_a_student),
		cmocka_unit_test(a_long_list_of_steps_is_shown_around_what_broke),
		cmocka_unit_test(points_have_at_most_two_decimals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
