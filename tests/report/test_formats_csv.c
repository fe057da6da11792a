/* Gradebook files row by row, whole points that agree in sum, moments. */
#include "formats_cases.h"

#include "report/formats/csv.h"
#include "report/formats/grade_rows.h"
#include "report/formats/instant.h"
#include "report/formats/whole.h"

static void check_cell(const char *string, const char *wanted)
{
	TEXT_AUTO out = {0};
	struct csv csv = {.out = &out};
	csv_cell(&csv, string);
	csv_cell(&csv, "x");
	csv_end_row(&csv);
	assert_string_equal(text_string(&out), wanted);
}

static void a_cell_is_quoted_where_rfc_4180_wants_it(void **state)
{
	(void)state;
	check_cell("Ada", "Ada,x\r\n");
	check_cell("Lovelace, Ada", "\"Lovelace, Ada\",x\r\n");
	check_cell("a \"b\"", "\"a \"\"b\"\"\",x\r\n");
	check_cell("a\nb", "\"a\nb\",x\r\n");
	check_cell(NULL, ",x\r\n");
	check_cell("", ",x\r\n");
	check_cell("\xc3\x89milie", "\xc3\x89milie,x\r\n");
	check_cell("a\x1b\xff", "a\xef\xbf\xbd\xef\xbf\xbd,x\r\n");
}

static void no_cell_is_a_formula(void **state)
{
	(void)state;
	check_cell("=1+1", "'=1+1,x\r\n");
	check_cell("+1", "'+1,x\r\n");
	check_cell("-1", "'-1,x\r\n");
	check_cell("@SUM(A1)", "'@SUM(A1),x\r\n");
	check_cell("\t=1", "'\xef\xbf\xbd=1,x\r\n");
	check_cell("  =1", "'  =1,x\r\n");
	check_cell("=\"a\",b", "\"'=\"\"a\"\",b\",x\r\n");
	check_cell("\xef\xbc\x9d"
	           "1",
	           "'\xef\xbc\x9d"
	           "1,x\r\n");
	check_cell("a=1", "a=1,x\r\n");
}

static void a_grade_that_is_not_final_is_an_empty_cell_and_never_0(void **state)
{
	(void)state;
	TEXT_AUTO canvas = {0};
	TEXT_AUTO moodle = {0};
	format_case_render("canvas-csv", CASE_ERROR, &canvas);
	format_case_render("moodle-csv", CASE_ERROR, &moodle);
	assert_non_null(strstr(text_string(&canvas), "\r\nada,,,,,\r\n"));
	assert_non_null(strstr(text_string(&moodle), "\r\n,ada,,,110.75,,"));
	TEXT_AUTO passed = {0};
	format_case_render("canvas-csv", CASE_PASS, &passed);
	assert_string_equal(text_string(&passed), "Student,ID,SIS User ID,SIS Login ID,Section,Lab 1: a TCP echo server\r\n"
	                                          "\"    Points Possible\",,,,,7\r\nada,,,,,7\r\n");
}

static void moodle_has_the_three_columns_without_which_it_refuses(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	moodle_head(&out);
	moodle_row(&out, &(struct grade_row){.name = "Ada",
	                                     .id = "4711",
	                                     .email = "ada@x.org",
	                                     .points = 7.5,
	                                     .max_points = 10,
	                                     .graded = true,
	                                     .modified = "Sunday, 22 November 2026"});
	assert_string_equal(
		text_string(&out),
		"Identifier,Full name,Email address,Grade,Maximum Grade,Last modified (grade),Feedback comments\r\n"
		"Participant 4711,Ada,ada@x.org,7.5,10,\"Sunday, 22 November 2026\",\r\n");
}

static void moodle_s_number_is_read_from_its_folder_names_only(void **state)
{
	(void)state;
	static const struct {
		const char *name, *digits;
	} cases[] = {
		{"Ada Lovelace_4711_assignsubmission_file_", "4711"},
		{"Ada Lovelace_4711_assignsubmission_file", "4711"},
		{"Participant_12_assignsubmission_file_", "12"},
		{"Participant 12", "12"},
		{"Participant_12", "12"},
		{"ada", NULL},
		{"ada_4711", NULL},
		{"Participant x", NULL},
		{"Ada_x1_assignsubmission_file_", NULL},
		{NULL, NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char digits[MOODLE_DIGITS] = "";
		assert_true(moodle_participant(cases[i].name, digits) == (cases[i].digits != NULL));
		if (cases[i].digits != NULL)
			assert_string_equal(digits, cases[i].digits);
	}
}

static void whole_points_agree_whatever_the_fractions(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	uint64_t random = 42;
	for (unsigned round = 0; round < 300; round++) {
		enum { COUNT = 17 };
		struct test tests[COUNT] = {{.name = "t"}};
		struct test_result results[COUNT] = {{.test = tests}};
		struct result result = {.tests = results, .test_count = COUNT, .built = true};
		for (size_t i = 0; i < COUNT; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			results[i].test = &tests[i];
			results[i].max_points = (double)(random >> 40 & 1023) / 100;
			results[i].points =
				random >> 60 < 6 ? results[i].max_points : results[i].max_points * (double)(random >> 60 & 3) / 4;
			tests[i].hidden = random >> 52 % 5 == 0 || i == 3;
			result.points += results[i].points;
			result.max_points += results[i].max_points;
		}
		struct format_grade grade = format_grade(&result);
		struct view *view = view_create(&result, NULL, AUDIENCE_STUDENT, arena), *all;
		all = view_create(&result, NULL, AUDIENCE_INSTRUCTOR, arena);
		struct whole shown[COUNT], every[COUNT];
		struct whole sum = whole_points(view, &grade, shown), same = whole_points(all, &grade, every), added = {0};
		assert_int_equal(sum.points, same.points);
		assert_int_equal(sum.max_points, same.max_points);
		assert_true((double)sum.points >= result.points - 0.51 && (double)sum.points <= result.points + 0.51);
		for (size_t i = 0; i < COUNT; i++) {
			added.points += every[i].points;
			added.max_points += every[i].max_points;
			assert_true(every[i].points <= every[i].max_points);
			if (results[i].points >= results[i].max_points)
				assert_int_equal(every[i].points, every[i].max_points);
			if (results[i].points <= 0)
				assert_int_equal(every[i].points, 0);
			assert_true((double)every[i].points > results[i].points - 1 &&
			            (double)every[i].points < results[i].points + 1);
		}
		assert_int_equal(added.points, sum.points);
		assert_int_equal(added.max_points, sum.max_points);
	}
	arena_destroy(arena);
}

static void a_moment_is_written_in_utc(void **state)
{
	(void)state;
	static const struct {
		int64_t seconds;
		const char *words;
	} cases[] = {{0, "1970-01-01T00:00:00Z"},          {951782399, "2000-02-28T23:59:59Z"},
	             {951782400, "2000-02-29T00:00:00Z"},  {951868800, "2000-03-01T00:00:00Z"},
	             {1735689599, "2024-12-31T23:59:59Z"}, {4107542400, "2100-03-01T00:00:00Z"},
	             {-1, "1970-01-01T00:00:00Z"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TEXT_AUTO out = {0};
		instant_text(&out, cases[i].seconds);
		assert_string_equal(text_string(&out), cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cell_is_quoted_where_rfc_4180_wants_it),
		cmocka_unit_test(no_cell_is_a_formula),
		cmocka_unit_test(a_grade_that_is_not_final_is_an_empty_cell_and_never_0),
		cmocka_unit_test(moodle_has_the_three_columns_without_which_it_refuses),
		cmocka_unit_test(moodle_s_number_is_read_from_its_folder_names_only),
		cmocka_unit_test(whole_points_agree_whatever_the_fractions),
		cmocka_unit_test(a_moment_is_written_in_utc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
