/* The rules of the platforms that take a grade from a file: what they require, what they trip over. */
#include "formats_cases.h"

#include <ctype.h>

enum { MANY = 3000 };

/* A result of many failing tests with much to say. */
struct many {
	struct arena *arena;
	struct format_context context;
	const struct view *view;
};

static void many_make(struct many *many, const char *seen)
{
	many->arena = arena_create();
	struct test *tests = arena_array(many->arena, MANY, sizeof(*tests));
	struct test_result *results = arena_array(many->arena, MANY, sizeof(*results));
	struct step_result *step = arena_alloc(many->arena, sizeof(*step));
	*step = sample_step(7, "server: {send: \"hello\\n\"}", "server", true, STEP_UNMET);
	step->expected = step->seen = seen;
	for (size_t i = 0; i < MANY; i++) {
		tests[i] = (struct test){.name = arena_printf(many->arena, "test-%zu", i), .title = "One of many", .points = 1};
		results[i] = (struct test_result){
			.test = &tests[i], .verdict = TEST_FAIL, .max_points = 1, .steps = step, .step_count = 1, .runs = 1};
	}
	struct spec *spec = arena_alloc(many->arena, sizeof(*spec));
	*spec = (struct spec){.path = "a,b:c.yaml", .tests = tests, .test_count = MANY};
	struct result result = {.spec = spec,
	                        .title = "t",
	                        .assignment = "a",
	                        .submission = "s",
	                        .tests = results,
	                        .test_count = MANY,
	                        .max_points = MANY,
	                        .built = true};
	many->view = view_create(&result, NULL, AUDIENCE_INSTRUCTOR, many->arena);
	many->context = (struct format_context){.version = "1", .grade = format_grade(&result)};
}

static void many_write(const char *format, const char *seen, struct text *out)
{
	struct many many;
	many_make(&many, seen);
	format_find(format)->write(out, many.view, &many.context);
	arena_destroy(many.arena);
}

static const char long_words[] =
	"an answer that goes on for quite a while, with \"quotes\" and <brackets> & more of all that, again and again, so "
	"that the details of three thousand tests do not fit into one megabyte by far, whatever one does about it";

/* ---- Gradescope ---- */

static void gradescope_s_hidden_tests_are_hidden_and_numbers_are_strings(void **state)
{
	(void)state;
	json_t *root = format_case_json("gradescope", CASE_MIXED), *tests = json_object_get(root, "tests");
	assert_true(json_number_value(json_object_get(root, "score")) == 22.5);
	assert_int_equal(json_array_size(tests), SAMPLE_TESTS);
	for (size_t i = 0; i < json_array_size(tests); i++) {
		json_t *test = json_array_get(tests, i);
		char number[24];
		snprintf(number, sizeof(number), "%zu", i + 1);
		assert_string_equal(member_string(test, "number"), number);
		bool hidden = strstr(member_string(test, "name"), SECRET_NAME) != NULL;
		assert_string_equal(member_string(test, "visibility"), hidden ? "hidden" : "visible");
		assert_null(strchr(member_string(test, "name"), '\r'));
	}
	json_decref(root);
}

static void gradescope_is_given_no_verdict_on_what_needs_review(void **state)
{
	(void)state;
	json_t *root = format_case_json("gradescope", CASE_MIXED), *tests = json_object_get(root, "tests"), *test;
	size_t index, seen = 0;
	json_array_foreach(tests, index, test)
	{
		if (strncmp(member_string(test, "name"), "restart", 7) != 0)
			continue;
		seen++;
		assert_null(json_object_get(test, "score"));
		assert_null(json_object_get(test, "max_score"));
		assert_null(json_object_get(test, "status"));
		assert_non_null(strstr(member_string(test, "name"), "(needs review)"));
	}
	assert_int_equal(seen, 1);
	assert_non_null(strstr(member_string(root, "output"), "not final"));
	json_decref(root);
}

static void a_harness_error_gives_gradescope_no_score_and_says_whose_fault_it_is(void **state)
{
	(void)state;
	json_t *root = format_case_json("gradescope", CASE_ERROR);
	assert_null(json_object_get(root, "score"));
	assert_null(json_object_get(root, "tests"));
	assert_non_null(strstr(member_string(root, "output"), "not the program's fault"));
	json_decref(root);
}

/* ---- Autolab ---- */

/* As the controller parses the last line: every `word:` becomes `"word":`. */
static json_t *autolab_parse(const char *line)
{
	TEXT_AUTO replaced = {0};
	for (const char *at = line; *at != '\0' && *at != '\n';) {
		size_t word = 0;
		while (isalnum((unsigned char)at[word]))
			word++;
		if (word > 0 && at[word] == ':') {
			text_printf(&replaced, "\"%.*s\":", (int)word, at);
			at += word + 1;
		} else {
			size_t bytes = word > 0 ? word : 1;
			text_add(&replaced, at, bytes);
			at += bytes;
		}
	}
	return json_loads(text_string(&replaced), 0, NULL);
}

/* `from_last`: 0 for the last line. */
static const char *line_from_end(struct text *out, size_t from_last)
{
	while (out->length > 0 && isspace((unsigned char)out->bytes[out->length - 1]))
		out->bytes[--out->length] = '\0';
	const char *at = out->bytes + out->length;
	for (;; at--) {
		while (at > out->bytes && at[-1] != '\n')
			at--;
		if (from_last-- == 0)
			return at;
	}
}

static void autolab_s_last_line_survives_its_parser(void **state)
{
	(void)state;
	static const double points[] = {[CASE_PASS] = 7, [CASE_MIXED] = 22.5, [CASE_HOSTILE] = 2.5, [CASE_UNBUILT] = 0};
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		TEXT_AUTO out = {0};
		format_case_render("autolab", which, &out);
		json_t *root = autolab_parse(line_from_end(&out, 0));
		assert_non_null(root);
		json_t *score = json_object_get(json_object_get(root, "scores"), "Correctness");
		if (which == CASE_ERROR)
			assert_true(json_is_null(score)); /* a line that does not parse would be 0 points */
		else
			assert_true(json_number_value(score) == points[which]);
		assert_true(json_is_array(json_object_get(root, "scoreboard")));
		json_decref(root);
	}
}

static void autolab_s_line_before_it_is_the_formatted_feedback(void **state)
{
	(void)state;
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		TEXT_AUTO out = {0};
		format_case_render("autolab", which, &out);
		const char *line = line_from_end(&out, 1);
		json_t *root = json_loadb(line, strcspn(line, "\n"), JSON_REJECT_DUPLICATES, NULL);
		assert_string_equal(member_string(root, "_presentation"), "semantic");
		json_t *built = json_object_get(json_object_get(json_object_get(root, "Build"), "compile"), "passed");
		assert_true(json_is_true(built) == (which != CASE_UNBUILT));
		const char *name;
		json_t *test;
		json_object_foreach(json_object_get(root, "Test"), name, test)
		{
			if (strcmp(name, "_order") != 0)
				assert_true(json_is_boolean(json_object_get(test, "passed")));
			assert_string_not_equal(name, "restart"); /* needs review: neither */
		}
		json_decref(root);
	}
}

static void a_problem_s_name_that_autolab_would_garble_is_not_used(void **state)
{
	(void)state;
	static const struct {
		const char *told, *used;
	} cases[] = {{"TA/Design", "TA/Design"},
	             {"Part1: FIN", "Correctness"},
	             {"a\"b", "Correctness"},
	             {"", "Correctness"},
	             {NULL, "Correctness"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct format_sample of;
		format_sample_make(&of, CASE_PASS);
		of.context.autolab_problem = cases[i].told;
		TEXT_AUTO out = {0};
		format_render("autolab", &of, &out);
		json_t *root = autolab_parse(line_from_end(&out, 0));
		assert_non_null(json_object_get(json_object_get(root, "scores"), cases[i].used));
		json_decref(root);
		format_sample_release(&of);
	}
}

/* ---- PrairieLearn ---- */

static void prairielearn_has_points_for_all_tests_and_a_fraction(void **state)
{
	(void)state;
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		json_t *root = format_case_json("prairielearn", which), *tests = json_object_get(root, "tests"), *test;
		bool gradable = which != CASE_ERROR && which != CASE_UNBUILT;
		assert_true(json_is_true(json_object_get(root, "gradable")) == gradable);
		assert_true((json_object_get(root, "score") != NULL) == gradable);
		if (!gradable)
			assert_true(*member_string(root, "format_errors") != '\0');
		size_t index;
		json_array_foreach(tests, index, test)
		{
			assert_true(json_is_number(json_object_get(test, "points")));
			assert_true(json_is_number(json_object_get(test, "max_points")));
		}
		double score = json_number_value(json_object_get(root, "score"));
		assert_true(score >= 0 && score <= 1);
		json_decref(root);
	}
}

static void prairielearn_s_megabyte_is_kept(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	many_write("prairielearn", long_words, &out);
	assert_in_range(out.length, 10, 1024 * 1024);
	json_t *root = json_loads(text_string(&out), 0, NULL);
	assert_true(json_is_true(json_object_get(root, "gradable")));
	assert_true(json_is_number(json_object_get(root, "score")));
	json_decref(root);
}

/* ---- Submitty ---- */

static void submitty_s_messages_keep_to_its_ceilings(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	many_write("submitty", long_words, &out);
	json_t *root = json_loads(text_string(&out), 0, NULL);
	json_t *messages = json_object_get(json_object_get(root, "data"), "message"), *message;
	assert_int_equal(json_array_size(messages), 20);
	size_t index;
	json_array_foreach(messages, index, message)
	{
		assert_in_range(strlen(member_string(message, "message")), 1, 10000);
		const char *status = member_string(message, "status");
		assert_true(strcmp(status, "failure") == 0 || strcmp(status, "warning") == 0);
	}
	assert_string_equal(member_string(json_array_get(messages, 19), "message"),
	                    "and 2981 more tests that did not pass");
	json_decref(root);
}

static void submitty_is_told_of_a_harness_error_as_a_failed_validator(void **state)
{
	(void)state;
	json_t *root = format_case_json("submitty", CASE_ERROR);
	assert_string_equal(member_string(root, "status"), "fail");
	assert_non_null(strstr(member_string(root, "message"), "not the program's fault"));
	json_decref(root);
	root = format_case_json("submitty", CASE_PASS);
	assert_string_equal(member_string(root, "status"), "success");
	assert_true(json_number_value(json_object_get(json_object_get(root, "data"), "score")) == 1);
	json_decref(root);
}

/* ---- INGInious ---- */

static void nothing_in_inginious_text_is_read_as_restructuredtext(void **state)
{
	(void)state;
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		json_t *root = format_case_json("inginious", which);
		const char *literal = strstr(member_string(root, "text"), "\n\n::\n\n");
		assert_non_null(literal);
		literal += 6;
		for (const char *at = literal; at != NULL && *at != '\0';) {
			assert_true(*at == '\n' || strncmp(at, "    ", 4) == 0);
			at = strchr(at, '\n');
			at = at != NULL ? at + 1 : NULL;
		}
		json_decref(root);
	}
}

static void inginious_knows_crash_from_failed(void **state)
{
	(void)state;
	static const char *const results[] = {[CASE_PASS] = "success",
	                                      [CASE_MIXED] = "failed",
	                                      [CASE_ERROR] = "crash",
	                                      [CASE_HOSTILE] = "failed",
	                                      [CASE_UNBUILT] = "failed"};
	for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
		json_t *root = format_case_json("inginious", which);
		assert_string_equal(member_string(root, "result"), results[which]);
		assert_true((json_object_get(root, "grade") != NULL) == (which != CASE_ERROR));
		json_decref(root);
	}
}

/* ---- Classroom 50 ---- */

static void classroom50_has_all_fields_it_requires_and_no_other(void **state)
{
	(void)state;
	static const char *const keys[] = {"schema",     "classroom", "assignment", "assignment_type", "owner",
	                                   "submission", "commit",    "release",    "review",          "datetime",
	                                   "score",      "max-score", "tests"};
	json_t *root = format_case_json("classroom50", CASE_MIXED), *tests = json_object_get(root, "tests"), *test;
	assert_int_equal(json_object_size(root), sizeof(keys) / sizeof(keys[0]));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_non_null(json_object_get(root, keys[i]));
	assert_string_equal(member_string(root, "schema"), "classroom50/result/v1");
	assert_string_equal(member_string(root, "datetime"), "2026-11-22T17:20:00Z");
	assert_true(json_integer_value(json_object_get(root, "score")) <=
	            json_integer_value(json_object_get(root, "max-score")));
	size_t index;
	json_array_foreach(tests, index, test)
	{
		assert_true(json_is_string(json_object_get(test, "test-name")));
		assert_true(json_is_boolean(json_object_get(test, "passed")));
		assert_true(json_is_integer(json_object_get(test, "score")));
		assert_true(json_is_integer(json_object_get(test, "max-score")));
	}
	json_decref(root);
}

static void classroom50_s_points_are_whole_and_agree_in_sum(void **state)
{
	(void)state;
	json_t *root = format_case_json("classroom50", CASE_PASS), *tests = json_object_get(root, "tests"), *test;
	json_int_t score = 0, most = 0;
	size_t index;
	json_array_foreach(tests, index, test)
	{
		score += json_integer_value(json_object_get(test, "score"));
		most += json_integer_value(json_object_get(test, "max-score"));
	}
	assert_int_equal(score, 7); /* 2.5 + 2.5 + 2 */
	assert_int_equal(most, 7);
	assert_int_equal(json_integer_value(json_object_get(root, "score")), 7);
	assert_int_equal(json_integer_value(json_object_get(root, "max-score")), 7);
	json_decref(root);
}

static void classroom50_gets_no_result_from_a_harness_error(void **state)
{
	(void)state;
	json_t *root = format_case_json("classroom50", CASE_ERROR);
	assert_null(json_object_get(root, "schema"));
	assert_null(json_object_get(root, "score"));
	assert_non_null(strstr(member_string(root, "error"), "not the program's fault"));
	json_decref(root);
}

static void classroom50_invents_no_identity(void **state)
{
	(void)state;
	struct format_sample of;
	format_sample_make(&of, CASE_PASS);
	of.context.owner = of.context.commit_url = NULL;
	TEXT_AUTO out = {0};
	format_render("classroom50", &of, &out);
	json_t *root = json_loads(text_string(&out), 0, NULL);
	assert_string_equal(member_string(root, "owner"), "");
	assert_string_equal(member_string(root, "commit"), "");
	json_decref(root);
	format_sample_release(&of);
}

/* ---- check50 ---- */

static void check50_s_results_have_its_keys_in_order_of_the_spec(void **state)
{
	(void)state;
	static const char *const keys[] = {"name", "description", "passed", "log", "cause", "data", "dependency"};
	json_t *root = format_case_json("check50", CASE_ERROR), *results = json_object_get(root, "results"), *check;
	assert_string_equal(member_string(root, "slug"), "echo-server");
	assert_string_equal(member_string(root, "version"), "1.2.3");
	size_t index;
	json_array_foreach(results, index, check)
	{
		assert_int_equal(json_object_size(check), sizeof(keys) / sizeof(keys[0]));
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			assert_non_null(json_object_get(check, keys[i]));
		bool null = json_is_null(json_object_get(check, "passed"));
		const char *name = member_string(check, "name");
		bool undecided = strcmp(name, "large-echo") == 0 || strcmp(name, "sequential") == 0 ||
		                 strcmp(name, "restart") == 0 || strcmp(name, "many") == 0;
		assert_true(null == undecided);
		json_t *error = json_object_get(json_object_get(check, "cause"), "error");
		assert_true((error != NULL) == (strcmp(name, "many") == 0));
	}
	json_decref(root);
}

static void check50_names_the_dependency_unless_it_is_hidden(void **state)
{
	(void)state;
	json_t *root = format_case_json("check50", CASE_MIXED), *results = json_object_get(root, "results");
	assert_string_equal(member_string(json_array_get(results, 3), "dependency"), "clean-close");
	assert_true(json_is_null(json_object_get(json_array_get(results, 2), "dependency")));
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradescope_s_hidden_tests_are_hidden_and_numbers_are_strings),
		cmocka_unit_test(gradescope_is_given_no_verdict_on_what_needs_review),
		cmocka_unit_test(a_harness_error_gives_gradescope_no_score_and_says_whose_fault_it_is),
		cmocka_unit_test(autolab_s_last_line_survives_its_parser),
		cmocka_unit_test(autolab_s_line_before_it_is_the_formatted_feedback),
		cmocka_unit_test(a_problem_s_name_that_autolab_would_garble_is_not_used),
		cmocka_unit_test(prairielearn_has_points_for_all_tests_and_a_fraction),
		cmocka_unit_test(prairielearn_s_megabyte_is_kept),
		cmocka_unit_test(submitty_s_messages_keep_to_its_ceilings),
		cmocka_unit_test(submitty_is_told_of_a_harness_error_as_a_failed_validator),
		cmocka_unit_test(nothing_in_inginious_text_is_read_as_restructuredtext),
		cmocka_unit_test(inginious_knows_crash_from_failed),
		cmocka_unit_test(classroom50_has_all_fields_it_requires_and_no_other),
		cmocka_unit_test(classroom50_s_points_are_whole_and_agree_in_sum),
		cmocka_unit_test(classroom50_gets_no_result_from_a_harness_error),
		cmocka_unit_test(classroom50_invents_no_identity),
		cmocka_unit_test(check50_s_results_have_its_keys_in_order_of_the_spec),
		cmocka_unit_test(check50_names_the_dependency_unless_it_is_hidden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
