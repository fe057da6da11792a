/* GitHub's flavour, for a step summary: a table of all tests, then for each that did not pass the line of the lifecycle
 * that broke, and the rest folded away.  A summary past 1 MiB is not shown at all, so what does not fit is left out. */
#include "report/formats/rows.h"

#include "base/text.h"
#include "report/formats/markup.h"
#include "report/formats/plain.h"
#include "report/terminal.h"

#include <string.h>

/* GITHUB_STEP_SUMMARY takes 1 MiB a step; the rest is for what else the step writes. */
#define MARKDOWN_BYTES ((size_t)1000000)
#define MARKDOWN_ROWS ((size_t)400000)
#define MARKDOWN_BUILD ((size_t)60000)

static const char *glyph(const struct test_result *test)
{
	switch (test->verdict) {
	case TEST_PASS:
		return "✅";
	case TEST_FAIL:
		return "❌";
	case TEST_INCONCLUSIVE:
		return "❔";
	case TEST_SKIPPED:
		return "➖";
	case TEST_ERROR:
		return "⚠️";
	}
	return "";
}

static void add_points(struct text *out, double points, double most)
{
	points_text(out, points);
	text_puts(out, "/");
	points_text(out, most);
}

/* "**expected** …" as a line of a quotation. */
static void quote_line(struct text *out, const char *label, const char *words)
{
	if (words == NULL)
		return;
	text_printf(out, "> **%s** ", label);
	markup_words(out, words);
	text_puts(out, "<br>\n");
}

static void write_head(struct text *out, const struct view *view, const struct format_grade *grade)
{
	const struct result *result = &view->result;
	text_puts(out, "## ");
	markup_words(out, result->title != NULL ? result->title : result->assignment);
	text_puts(out, " — ");
	add_points(out, result->points, result->max_points);
	text_puts(out, view->partial ? " points in the tests shown\n\n" : " points\n\n");
	if (result->submission != NULL) {
		text_puts(out, "Submission **");
		markup_words(out, result->submission);
		text_puts(out, "**, graded as ");
		markup_words(out, result->student);
		text_puts(out, "\n\n");
	}
	if (!result->built)
		text_puts(out, "**The submission could not be built, so nothing was run.**\n\n");
	TEXT_AUTO note = {0};
	plain_note(&note, view, grade);
	if (note.length > 0 && (grade->errors > 0 || grade->review > 0)) {
		note.bytes[strcspn(note.bytes, "\n")] = '\0';
		text_printf(out, "**%s**\n\n", note.bytes);
	}
}

static void write_row(struct text *out, const struct test_result *test)
{
	const char *mark = plain_mark(test);
	text_printf(out, "| %s | ", glyph(test));
	markup_words(out, test->test->name);
	text_puts(out, " | ");
	add_points(out, test->points, test->max_points);
	text_puts(out, " | ");
	if (test->verdict != TEST_PASS && test->verdict != TEST_FAIL)
		text_printf(out, "_%s_ ", mark);
	markup_words(out, test->verdict == TEST_SKIPPED || test->verdict == TEST_ERROR ? test->reason : test->test->title);
	text_puts(out, test->test->robustness ? " (robustness)" : "");
	text_puts(out, test->unstable ? " (unstable) |\n" : " |\n");
}

static void write_rows(struct text *out, const struct result *result)
{
	text_puts(out, "| | Test | Points | |\n|---|---|---:|---|\n");
	for (size_t i = 0; i < result->test_count; i++) {
		if (out->length > MARKDOWN_ROWS) {
			text_printf(out, "\nand %zu more tests\n", result->test_count - i);
			break;
		}
		write_row(out, &result->tests[i]);
	}
	text_puts(out, "\n");
}

static void write_cause(struct text *out, const struct test_result *test)
{
	const struct step_result *step = plain_broken(test);
	if (step != NULL || test->rule_count > 0)
		quote_line(out, "Circumstances", test->under);
	if (step != NULL) {
		quote_line(out, step->verdict == STEP_UNMET ? "Failing line" : "Line in doubt", step->text);
		quote_line(out, "Expected", step->expected);
		quote_line(out, "Seen", step->seen);
	}
	for (size_t i = 0; i < test->rule_count; i++)
		quote_line(out, "Rule broken", test->rules[i].seen);
	if (step == NULL && test->rule_count == 0)
		quote_line(out, "Reason", test->reason);
	if (test->verdict != TEST_ERROR)
		quote_line(out, "Hint", test->test->hint);
}

static void write_folded(struct text *out, const char *summary, const struct text *content)
{
	text_printf(out, "<details><summary>%s</summary>\n\n<pre>\n", summary);
	markup_content(out, text_string(content));
	text_puts(out, "</pre>\n\n</details>\n\n");
}

/* Nothing for a test of which the student is told the verdict only. */
static void write_test(struct text *out, const struct view *view, size_t index)
{
	const struct test_result *test = &view->result.tests[index];
	TEXT_AUTO part = {0};
	write_cause(&part, test);
	if (part.length > 0)
		text_puts(&part, "\n");
	for (size_t i = 0; i < view->result.finding_count; i++) {
		const struct finding *finding = &view->result.findings[i];
		if (finding->test == NULL || strcmp(finding->test, test->test->name) != 0)
			continue;
		text_puts(&part, "**Finding ");
		markup_words(&part, finding->id);
		text_puts(&part, finding->robustness ? " (robustness)**: " : "**: ");
		markup_words(&part, finding->sentence);
		text_puts(&part, "\n\n");
	}
	if (test->step_count > 0 || test->rule_count > 0) {
		TEXT_AUTO details = {0};
		plain_details(&details, view, index, PLAIN_DETAILS);
		write_folded(&part, "All steps, and what happened", &details);
	}
	if (part.length == 0)
		return;
	text_printf(out, "### %s ", glyph(test));
	markup_words(out, test->test->name);
	text_puts(out, "\n\n");
	text_puts(out, text_string(&part));
}

static void write_markdown(struct text *out, const struct view *view, const struct format_context *context)
{
	const struct result *result = &view->result;
	write_head(out, view, &context->grade);
	if (!result->built) {
		TEXT_AUTO build = {0};
		plain_build(&build, view, MARKDOWN_BUILD);
		write_folded(out, "What the build said", &build);
	}
	write_rows(out, result);
	size_t left_out = 0;
	for (size_t i = 0; i < result->test_count && result->built; i++) {
		if (result->tests[i].verdict == TEST_PASS || result->tests[i].verdict == TEST_SKIPPED)
			continue;
		TEXT_AUTO part = {0};
		write_test(&part, view, i);
		if (out->length + part.length > MARKDOWN_BYTES)
			left_out++;
		else
			text_puts(out, text_string(&part));
	}
	if (left_out > 0)
		text_printf(out, "The details of %zu more tests are left out: there is no room for them here.\n\n", left_out);
	text_printf(out, "Rung %s, grader %s\n", rung_word(result->rung), context->version);
}

const struct format format_markdown = {
	.name = "markdown",
	.help = "a page for GITHUB_STEP_SUMMARY: all tests, the failing line of each lifecycle, the diagram folded away",
	.audience = AUDIENCE_STUDENT,
	.write = write_markdown,
};
