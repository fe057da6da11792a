/* Gradescope's results.json.  Hidden tests stand in it with visibility "hidden": Gradescope keeps them from students,
 * and then their total too.  What the student may see comes from the student's view only.
 *
 * A file without a score and without tests is a failure of the autograder to Gradescope, and no grade: that is what a
 * harness error is written as. */
#include "report/formats/rows.h"

#include "base/json.h"
#include "base/text.h"
#include "report/formats/plain.h"

#include <stdio.h>

#define GRADESCOPE_BYTES ((size_t)8 << 20)

static void add_name(struct json *json, const struct test_result *test)
{
	TEXT_AUTO name = {0};
	const char *mark = plain_mark(test);
	plain_words(&name, test->test->name);
	if (test->test->title != NULL) {
		text_puts(&name, ": ");
		plain_words(&name, test->test->title);
	}
	if (*mark != '\0')
		text_printf(&name, " (%s)", mark);
	json_add_string(json, "name", text_string(&name));
}

/* Without score and status a test is neither passed nor failed. */
static void add_score(struct json *json, const struct test_result *test)
{
	if (test->verdict == TEST_INCONCLUSIVE || test->verdict == TEST_ERROR)
		return;
	json_add_number(json, "score", test->points);
	json_add_number(json, "max_score", test->max_points);
	json_add_string(json, "status", test->verdict == TEST_PASS ? "passed" : "failed");
}

static void add_test(struct json *json, const struct view *view, size_t index, size_t number, size_t most)
{
	const struct test_result *test = &view->result.tests[index];
	json_add_object(json, NULL);
	add_name(json, test);
	char digits[24]; /* a string: Gradescope sorts "1.10" behind "1.9" */
	snprintf(digits, sizeof(digits), "%zu", number);
	json_add_string(json, "number", digits);
	add_score(json, test);
	TEXT_AUTO output = {0};
	plain_details(&output, view, index, most);
	json_add_string(json, "output", text_string(&output));
	if (test->test->robustness) {
		json_add_array(json, "tags");
		json_add_string(json, NULL, "robustness");
		json_end_array(json);
	}
	json_add_string(json, "visibility", test->test->hidden ? "hidden" : "visible");
	json_end_object(json);
}

static void add_tests(struct json *json, const struct view *view, const struct view *complete)
{
	size_t number = 0;
	size_t most =
		plain_share(GRADESCOPE_BYTES, complete != NULL ? complete->result.test_count : view->result.test_count);
	json_add_array(json, "tests");
	for (size_t i = 0; i < view->result.test_count; i++)
		add_test(json, view, i, ++number, most);
	for (size_t i = 0; complete != NULL && view->audience == AUDIENCE_STUDENT && i < complete->result.test_count; i++)
		if (complete->result.tests[i].test->hidden)
			add_test(json, complete, i, ++number, most);
	json_end_array(json);
}

static void add_extra(struct json *json, const struct view *view, const struct format_context *context)
{
	json_add_object(json, "extra_data");
	json_add_string(json, "grader", context->version);
	json_add_string(json, "spec_sha256", view->result.spec_digest);
	json_add_string(json, "submission_sha256", view->result.submission_digest);
	json_end_object(json);
}

static void write_gradescope(struct text *out, const struct view *view, const struct format_context *context)
{
	bool graded = context->grade.errors == 0;
	TEXT_AUTO output = {0};
	plain_note(&output, view, &context->grade);
	if (graded)
		plain_summary(&output, view);
	else
		plain_report(&output, view);
	struct json json = {.out = out, .indented = true};
	json_add_object(&json, NULL);
	if (graded)
		json_add_number(&json, "score", context->grade.points);
	json_add_string(&json, "output", text_string(&output));
	json_add_string(&json, "output_format", "text");
	json_add_string(&json, "test_output_format", "text");
	json_add_string(&json, "test_name_format", "text");
	json_add_string(&json, "stdout_visibility", "hidden");
	add_extra(&json, view, context);
	if (graded)
		add_tests(&json, view, context->complete);
	json_end_object(&json);
	text_puts(out, "\n");
}

const struct format format_gradescope = {
	.name = "gradescope",
	.help = "Gradescope's /autograder/results/results.json; hidden tests are in it for the staff, marked as hidden",
	.audience = AUDIENCE_STUDENT,
	.published = true,
	.write = write_gradescope,
};
