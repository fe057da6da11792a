/* What is true of every format. */
#include "formats_cases.h"

#include "base/utf8.h"

static void every_format_of_every_case_is_as_the_golden_file(void **state)
{
	(void)state;
	for (size_t i = 0; formats[i] != NULL; i++) {
		for (enum format_case which = CASE_PASS; which < FORMAT_CASE_COUNT; which++) {
			char name[96];
			snprintf(name, sizeof(name), "formats/%s.%s", format_case_words[which], formats[i]->name);
			TEXT_AUTO out = {0};
			format_case_render(formats[i]->name, which, &out);
			golden_check(name, &out);
		}
	}
}

static void assert_no_secret(const char *format, const char *bytes)
{
	static const char *const secrets[] = {SECRET_NAME,      SECRET_TITLE, SECRET_WORD, "13.25",
	                                      "secret-finding", "ocelot",     "marmot",    "strlen() stops"};
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (strstr(bytes, secrets[i]) != NULL)
			fail_msg("%s tells a student \"%s\"", format, secrets[i]);
}

static void no_format_made_for_a_student_tells_of_a_hidden_test(void **state)
{
	(void)state;
	for (size_t i = 0; formats[i] != NULL; i++) {
		for (enum format_case which = CASE_MIXED; which <= CASE_ERROR; which++) {
			struct format_sample of;
			format_sample_make(&of, which);
			of.context.complete = NULL;
			TEXT_AUTO out = {0};
			formats[i]->write(&out, of.view, &of.context);
			assert_true(out.length > 0);
			assert_no_secret(formats[i]->name, text_string(&out));
			format_sample_release(&of);
		}
	}
}

static void only_gradescope_which_hides_them_itself_is_given_hidden_tests(void **state)
{
	(void)state;
	for (size_t i = 0; formats[i] != NULL; i++) {
		struct format_sample of;
		format_sample_make(&of, CASE_MIXED);
		TEXT_AUTO out = {0};
		formats[i]->write(&out, of.view, &of.context);
		if (strcmp(formats[i]->name, "gradescope") != 0) {
			assert_no_secret(formats[i]->name, text_string(&out));
		} else {
			json_t *root = json_loads(text_string(&out), 0, NULL), *tests = json_object_get(root, "tests");
			size_t hidden = 0;
			for (size_t j = json_array_size(tests); j-- > 0;) {
				if (strcmp(member_string(json_array_get(tests, j), "visibility"), "hidden") != 0)
					continue;
				hidden++;
				json_array_remove(tests, j);
			}
			assert_int_equal(hidden, 1);
			char *shown = json_dumps(root, 0);
			assert_no_secret("gradescope", shown);
			free(shown);
			json_decref(root);
		}
		format_sample_release(&of);
	}
}

static void platforms_are_always_given_the_student_s_view(void **state)
{
	(void)state;
	static const char *const platforms[] = {"gradescope", "autolab",   "prairielearn", "submitty",
	                                        "mermaid",    "inginious", "classroom50",  "check50"};
	for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
		assert_true(format_find(platforms[i])->published);
		assert_int_equal(format_find(platforms[i])->audience, AUDIENCE_STUDENT);
	}
}

static void no_byte_of_a_student_s_steers_a_terminal_or_breaks_utf_8(void **state)
{
	(void)state;
	for (size_t i = 0; formats[i] != NULL; i++) {
		bool csv = strstr(formats[i]->name, "-csv") != NULL;
		bool exact = strcmp(formats[i]->name, "json") == 0; /* the record of what was: JSON's escapes only */
		for (enum format_case which = CASE_HOSTILE; which <= CASE_UNBUILT; which++) {
			TEXT_AUTO out = {0};
			format_case_render(formats[i]->name, which, &out);
			for (size_t at = 0; at < out.length;) {
				unsigned char c = (unsigned char)out.bytes[at];
				const unsigned char *rest = (const unsigned char *)out.bytes + at;
				size_t bytes = utf8_printable(rest, out.length - at);
				if (bytes == 0 && exact && c >= 0x80)
					bytes = utf8_valid(rest, out.length - at);
				bool end = c == '\n' || (csv && c == '\r' && out.bytes[at + 1] == '\n');
				if (bytes == 0 && !end)
					fail_msg("%s of case %s: byte %zu is 0x%02x", formats[i]->name, format_case_words[which], at, c);
				at += bytes > 0 ? bytes : 1;
			}
		}
	}
}

static void the_grade_counts_hidden_tests_and_the_harness_s_errors(void **state)
{
	(void)state;
	struct format_sample of;
	format_sample_make(&of, CASE_ERROR);
	assert_int_equal(of.context.grade.tests, SAMPLE_TESTS);
	assert_int_equal(of.context.grade.errors, 1);
	assert_int_equal(of.context.grade.review, 2);
	assert_false(of.context.grade.passed);
	assert_true(of.context.grade.max_points == 110.75);
	format_sample_release(&of);
	format_sample_make(&of, CASE_PASS);
	assert_true(of.context.grade.passed);
	assert_true(format_fraction(&of.context.grade) == 1);
	format_sample_release(&of);
}

static void the_fraction_of_no_points_is_whether_all_passed(void **state)
{
	(void)state;
	assert_true(format_fraction(&(struct format_grade){.passed = true}) == 1);
	assert_true(format_fraction(&(struct format_grade){.passed = false}) == 0);
	assert_true(format_fraction(&(struct format_grade){.points = 7.5, .max_points = 10}) == 0.75);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_of_every_case_is_as_the_golden_file),
		cmocka_unit_test(no_format_made_for_a_student_tells_of_a_hidden_test),
		cmocka_unit_test(only_gradescope_which_hides_them_itself_is_given_hidden_tests),
		cmocka_unit_test(platforms_are_always_given_the_student_s_view),
		cmocka_unit_test(no_byte_of_a_student_s_steers_a_terminal_or_breaks_utf_8),
		cmocka_unit_test(the_grade_counts_hidden_tests_and_the_harness_s_errors),
		cmocka_unit_test(the_fraction_of_no_points_is_whether_all_passed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
