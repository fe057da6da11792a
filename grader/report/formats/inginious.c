/* INGInious' __feedback.json.  Its text is reStructuredText: everything that is not the grader's own stands in a literal
 * block, which nothing indented can leave.  A harness error is a "crash", which is the grader's and not the student's. */
#include "report/formats/rows.h"

#include "base/json.h"
#include "base/text.h"
#include "report/formats/plain.h"

#include <string.h>

#define INGINIOUS_BYTES ((size_t)2 << 20)

/* "words::", then the lines four columns in. */
static void add_literal(struct text *out, const char *words, const struct text *content)
{
	if (content->length == 0)
		return;
	text_printf(out, "%s\n\n::\n\n", words);
	for (const char *at = text_string(content); *at != '\0';) {
		size_t length = strcspn(at, "\n");
		text_puts(out, length > 0 ? "    " : "");
		text_add(out, at, length);
		text_puts(out, "\n");
		at += length + (at[length] == '\n');
	}
	text_puts(out, "\n");
}

static void add_feedback(struct text *out, const struct view *view, const struct format_grade *grade)
{
	TEXT_AUTO note = {0};
	TEXT_AUTO report = {0};
	plain_note(&note, view, grade);
	text_printf(out, "%s%s", text_string(&note), note.length > 0 ? "\n" : "");
	plain_report(&report, view);
	if (report.length > INGINIOUS_BYTES) {
		text_release(&report);
		plain_summary(&report, view);
	}
	add_literal(out, grade->passed ? "All tests passed." : "What the tests came to, and why:", &report);
}

static void add_tags(struct json *json, const struct result *result)
{
	json_add_object(json, "tests");
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		TEXT_AUTO name = {0};
		plain_words(&name, test->test->name);
		if (test->verdict == TEST_PASS || test->verdict == TEST_FAIL || test->verdict == TEST_SKIPPED)
			json_add_boolean(json, text_string(&name), test->verdict == TEST_PASS);
	}
	json_end_object(json);
}

static void write_inginious(struct text *out, const struct view *view, const struct format_context *context)
{
	bool graded = context->grade.errors == 0;
	TEXT_AUTO feedback = {0};
	add_feedback(&feedback, view, &context->grade);
	struct json json = {.out = out, .indented = true};
	json_add_object(&json, NULL);
	json_add_string(&json, "result", !graded ? "crash" : context->grade.passed ? "success" : "failed");
	if (graded)
		json_add_number(&json, "grade", 100 * format_fraction(&context->grade));
	json_add_string(&json, "text", text_string(&feedback));
	json_add_object(&json, "problems");
	json_end_object(&json);
	add_tags(&json, &view->result);
	json_add_object(&json, "custom");
	json_end_object(&json);
	json_end_object(&json);
	text_puts(out, "\n");
}

const struct format format_inginious = {
	.name = "inginious",
	.help = "INGInious' /.__output/__feedback.json",
	.audience = AUDIENCE_STUDENT,
	.published = true,
	.write = write_inginious,
};
