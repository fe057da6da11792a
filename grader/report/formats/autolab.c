/* What an Autolab driver prints: the report, a line for the formatted feedback, and the scores on the last line.
 *
 * Autolab replaces every `word:` of the last line by `"word":` before it parses it, inside strings too, so the problem's
 * name is kept to letters, digits, blanks, '_', '-' and '/'.  A last line that it cannot parse gives 0 points in every
 * problem of a first submission; a null is a score that is not there, and so what a harness error becomes. */
#include "report/formats/rows.h"

#include "base/json.h"
#include "base/text.h"
#include "report/formats/plain.h"

#include <stdbool.h>
#include <string.h>

/* Tango keeps 1000 KiB of the output. */
#define AUTOLAB_BYTES ((size_t)600000)
#define AUTOLAB_NAME 64

static bool name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(" _-/", c) != NULL);
}

/* The name that Autolab's own example has, where none that can be used was told. */
static const char *problem_name(const struct format_context *context)
{
	const char *name = context->autolab_problem;
	size_t length = name != NULL ? strlen(name) : 0;
	if (length == 0 || length > AUTOLAB_NAME)
		return "Correctness";
	for (size_t i = 0; i < length; i++)
		if (!name_character(name[i]))
			return "Correctness";
	return name;
}

static void add_outcome(struct json *json, const char *key, bool passed, const char *hint)
{
	TEXT_AUTO name = {0};
	TEXT_AUTO line = {0};
	plain_words(&name, key);
	plain_words(&line, hint);
	json_add_object(json, text_string(&name));
	json_add_boolean(json, "passed", passed);
	if (line.length > 0)
		json_add_string(json, "hint", text_string(&line));
	json_end_object(json);
}

static bool decided(const struct test_result *test)
{
	return test->verdict == TEST_PASS || test->verdict == TEST_FAIL || test->verdict == TEST_SKIPPED;
}

/* Every test in it is either passed or failed to Autolab: what nobody decided is in the text only. */
static void add_semantic(struct text *out, const struct result *result)
{
	struct json json = {.out = out};
	json_add_object(&json, NULL);
	json_add_string(&json, "_presentation", "semantic");
	json_add_array(&json, "stages");
	json_add_string(&json, NULL, "Build");
	json_add_string(&json, NULL, "Test");
	json_end_array(&json);
	json_add_object(&json, "Build");
	add_outcome(&json, "compile", result->built, NULL);
	json_end_object(&json);
	json_add_object(&json, "Test");
	json_add_array(&json, "_order");
	for (size_t i = 0; i < result->test_count; i++) {
		TEXT_AUTO name = {0};
		plain_words(&name, result->tests[i].test->name);
		if (decided(&result->tests[i]))
			json_add_string(&json, NULL, text_string(&name));
	}
	json_end_array(&json);
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		const char *hint = test->verdict == TEST_FAIL ? test->test->hint : NULL;
		if (test->verdict == TEST_SKIPPED)
			hint = test->reason;
		if (decided(test))
			add_outcome(&json, test->test->name, test->verdict == TEST_PASS, hint);
	}
	json_end_object(&json);
	json_end_object(&json);
	text_puts(out, "\n");
}

static void add_scores(struct text *out, const struct format_context *context)
{
	struct json json = {.out = out};
	json_add_object(&json, NULL);
	json_add_object(&json, "scores");
	if (context->grade.errors > 0)
		json_add_null(&json, problem_name(context));
	else
		json_add_number(&json, problem_name(context), context->grade.points);
	json_end_object(&json);
	json_add_array(&json, "scoreboard");
	if (context->grade.errors == 0)
		json_add_number(&json, NULL, context->grade.points);
	json_end_array(&json);
	json_end_object(&json);
	text_puts(out, "\n");
}

static void write_autolab(struct text *out, const struct view *view, const struct format_context *context)
{
	TEXT_AUTO report = {0};
	plain_report(&report, view);
	if (report.length > AUTOLAB_BYTES) {
		text_release(&report);
		plain_summary(&report, view);
	}
	text_puts(out, text_string(&report));
	plain_note(out, view, &context->grade);
	text_puts(out, "\n");
	add_semantic(out, &view->result);
	add_scores(out, context);
}

const struct format format_autolab = {
	.name = "autolab",
	.help = "what an Autolab driver prints last; AUTOLAB_PROBLEM in the environment names the problem (Correctness)",
	.audience = AUDIENCE_STUDENT,
	.published = true,
	.write = write_autolab,
};
