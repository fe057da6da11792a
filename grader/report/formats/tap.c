/* TAP 14.  A test that nobody may be blamed for is TODO, which counts as neither; when the harness could not grade one,
 * the stream ends with a bail-out, so that no consumer takes it for a pass. */
#include "report/formats/rows.h"

#include "base/json.h"
#include "base/text.h"
#include "report/formats/plain.h"

#include <string.h>

#define TAP_BYTES ((size_t)16 << 20)

/* In descriptions and directives a '#' would begin a directive, and '\' an escape. */
static void add_escaped(struct text *out, const char *words)
{
	for (const char *at = words; *at != '\0'; at++)
		text_printf(out, *at == '#' || *at == '\\' ? "\\%c" : "%c", *at);
}

static void add_words(struct text *out, const char *words)
{
	TEXT_AUTO line = {0};
	plain_words(&line, words);
	add_escaped(out, text_string(&line));
}

static void add_point(struct text *out, const struct test_result *test, size_t number)
{
	bool good = test->verdict == TEST_PASS || test->verdict == TEST_SKIPPED;
	text_printf(out, "%sok %zu - ", good ? "" : "not ", number);
	add_words(out, test->test->name);
	if (test->test->title != NULL) {
		text_puts(out, ": ");
		add_words(out, test->test->title);
	}
	bool doubt = test->verdict == TEST_INCONCLUSIVE || test->verdict == TEST_ERROR;
	if (doubt || test->verdict == TEST_SKIPPED) {
		text_printf(out, " # %s %s", doubt ? "TODO" : "SKIP", doubt ? plain_mark(test) : "");
		if (doubt && test->reason != NULL)
			text_puts(out, ": ");
		add_words(out, test->reason);
	}
	text_puts(out, "\n");
}

/* A JSON string is a double-quoted scalar of YAML too. */
static void add_scalar(struct text *out, const char *key, const char *words)
{
	if (words == NULL || *words == '\0')
		return;
	TEXT_AUTO line = {0};
	plain_words(&line, words);
	struct json json = {.out = out};
	text_printf(out, "  %s: ", key);
	json_add_string(&json, NULL, text_string(&line));
	text_puts(out, "\n");
}

static void add_number(struct text *out, const char *key, double number)
{
	struct json json = {.out = out};
	text_printf(out, "  %s: ", key);
	json_add_number(&json, NULL, number);
	text_puts(out, "\n");
}

/* Line by line and quoted: a block scalar with empty lines is too much YAML for the parsers in use. */
static void add_list(struct text *out, const char *key, const char *lines)
{
	if (*lines != '\0')
		text_printf(out, "  %s:\n", key);
	for (const char *at = lines; *at != '\0';) {
		size_t length = strcspn(at, "\n");
		struct json json = {.out = out};
		text_puts(out, "    - ");
		json_add_bytes(&json, NULL, at, length);
		text_puts(out, "\n");
		at += length + (at[length] == '\n');
	}
}

static void add_diagnostics(struct text *out, const struct view *view, size_t index, size_t most)
{
	const struct test_result *test = &view->result.tests[index];
	TEXT_AUTO message = {0};
	TEXT_AUTO details = {0};
	plain_message(&message, test);
	text_puts(out, "  ---\n");
	add_number(out, "points", test->points);
	add_number(out, "max_points", test->max_points);
	if (test->test->robustness)
		text_puts(out, "  robustness: true\n");
	if (test->unstable)
		text_puts(out, "  unstable: true\n");
	add_scalar(out, "message", text_string(&message));
	const struct step_result *step = plain_broken(test);
	if (step != NULL) {
		add_scalar(out, "line", step->text);
		add_scalar(out, "expected", step->expected);
		add_scalar(out, "seen", step->seen);
	}
	if (test->verdict == TEST_FAIL)
		add_scalar(out, "hint", test->test->hint);
	if (test->step_count > 0 && test->verdict != TEST_PASS)
		plain_details(&details, view, index, most);
	add_list(out, "details", text_string(&details));
	text_puts(out, "  ...\n");
}

static void write_tap(struct text *out, const struct view *view, const struct format_context *context)
{
	const struct result *result = &view->result;
	text_puts(out, "TAP version 14\n");
	if (result->test_count == 0)
		text_puts(out, "1..0 # no tests\n");
	else
		text_printf(out, "1..%zu\n", result->test_count);
	TEXT_AUTO build = {0};
	plain_build(&build, view, result->built ? 0 : PLAIN_DETAILS);
	for (const char *at = text_string(&build); !result->built && *at != '\0';) {
		size_t length = strcspn(at, "\n");
		text_puts(out, "# ");
		text_add(out, at, length);
		text_puts(out, "\n");
		at += length + (at[length] == '\n');
	}
	size_t most = plain_share(TAP_BYTES, result->test_count);
	for (size_t i = 0; i < result->test_count; i++) {
		add_point(out, &result->tests[i], i + 1);
		add_diagnostics(out, view, i, most);
	}
	if (context->grade.errors > 0)
		text_printf(out, "Bail out! %zu test%s could not be graded, which is not the program's fault\n",
		            context->grade.errors, context->grade.errors == 1 ? "" : "s");
}

const struct format format_tap = {
	.name = "tap",
	.help = "TAP 14, for prove and other harnesses: a test that needs review is TODO, one that was not run SKIP",
	.audience = AUDIENCE_STUDENT,
	.write = write_tap,
};
