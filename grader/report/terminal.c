#include "report/terminal.h"

#include "base/text.h"
#include "base/utf8.h"
#include "report/paint.h"

#include <stdio.h>
#include <string.h>

/* A subject of fewer than SUBJECT_LEAST columns says nothing. */
enum { NAMES_LEAST = 12, SUBJECT_LEAST = 6, BUILD_LINES = 30, BUILD_COLUMNS = 400 };

void points_text(struct text *out, double points)
{
	char digits[64];
	snprintf(digits, sizeof(digits), "%.2f", points);
	size_t length = strlen(digits);
	while (length > 0 && digits[length - 1] == '0')
		length--;
	if (length > 0 && digits[length - 1] == '.')
		length--;
	text_add(out, digits, length);
}

static void add_points(struct text *out, double points, double most)
{
	points_text(out, points);
	text_puts(out, "/");
	points_text(out, most);
}

struct look {
	enum glyph glyph;
	enum ink ink;
};

static struct look look_of(enum test_verdict verdict)
{
	switch (verdict) {
	case TEST_PASS:
		return (struct look){GLYPH_PASS, INK_GOOD};
	case TEST_FAIL:
		return (struct look){GLYPH_FAIL, INK_BAD};
	case TEST_INCONCLUSIVE:
		return (struct look){GLYPH_REVIEW, INK_DOUBT};
	case TEST_SKIPPED:
		return (struct look){GLYPH_SKIPPED, INK_DOUBT};
	case TEST_ERROR:
		return (struct look){GLYPH_ERROR, INK_DOUBT};
	}
	return (struct look){GLYPH_ERROR, INK_DOUBT};
}

void terminal_heading(struct text *out, const struct paint *paint, const struct result *result)
{
	TEXT_AUTO words = {0};
	paint_escaped(&words, paint, result->title != NULL ? result->title : result->assignment);
	paint_puts(out, paint, INK_STRONG, text_string(&words));
	text_puts(out, "\n");
	if (result->submission != NULL) {
		text_puts(out, "submission ");
		paint_escaped(out, paint, result->submission);
		if (result->student != NULL)
			text_puts(out, ", graded as ");
		paint_escaped(out, paint, result->student);
		text_puts(out, "\n");
	}
	text_puts(out, "\n");
}

/* What stands between name and points: for a test that was not decided, why. */
static const char *line_subject(const struct test_result *test)
{
	if (test->verdict == TEST_PASS || test->verdict == TEST_FAIL || test->reason == NULL)
		return test->test->title != NULL ? test->test->title : "";
	return test->reason;
}

static const char *line_mark(const struct test_result *test)
{
	if (test->unstable)
		return test->test->robustness ? " (robustness, unstable)" : " (unstable)";
	if (test->verdict == TEST_INCONCLUSIVE)
		return test->test->robustness ? " (robustness, needs review)" : " (needs review)";
	return test->test->robustness ? " (robustness)" : "";
}

size_t terminal_names(const struct paint *paint, const struct result *result)
{
	size_t most = paint_columns(paint) / 3, names = NAMES_LEAST;
	for (size_t i = 0; i < result->test_count; i++) {
		size_t wide = utf8_columns(result->tests[i].test->name);
		names = wide > names ? wide : names;
	}
	return names < most ? names : most;
}

void terminal_test_line(struct text *out, const struct paint *paint, const struct test_result *test, size_t names)
{
	struct look look = look_of(test->verdict);
	TEXT_AUTO points = {0};
	add_points(&points, test->points, test->max_points);
	size_t columns = paint_columns(paint) - points.length - 2; /* in front of the points */
	bool decided = test->verdict == TEST_PASS || test->verdict == TEST_FAIL;
	text_puts(out, " ");
	paint_puts(out, paint, look.ink, paint_glyph(paint, look.glyph));
	text_puts(out, " ");
	enum ink name_ink = test->verdict == TEST_FAIL ? INK_BAD : INK_PLAIN;
	size_t used = 3 + paint_cut(out, paint, name_ink, test->test->name, columns - 3);
	const char *mark = line_mark(test);
	if (used + strlen(mark) > columns)
		mark = "";
	size_t subject = 3 + names + 2;
	size_t gap = used + 2 < subject ? subject - used : 2;
	if (used + gap + strlen(mark) + SUBJECT_LEAST <= columns) {
		paint_spaces(out, gap);
		used += gap + paint_cut(out, paint, decided ? INK_PLAIN : INK_DIM, line_subject(test),
		                        columns - used - gap - strlen(mark));
	}
	paint_puts(out, paint, INK_DIM, mark);
	used += strlen(mark);
	paint_spaces(out, columns - used + 2);
	paint_puts(out, paint, look.ink, text_string(&points));
	text_puts(out, "\n");
}

void terminal_running(struct text *out, const struct paint *paint, const struct test *test, enum audience audience)
{
	bool named = audience == AUDIENCE_INSTRUCTOR || !test->hidden;
	TEXT_AUTO words = {0};
	text_printf(&words, "running%s%s", named ? " " : "", named ? test->name : "");
	terminal_running_clear(out);
	text_puts(out, " ");
	paint_puts(out, paint, INK_DIM, paint_glyph(paint, GLYPH_RUNNING));
	text_puts(out, " ");
	paint_cut(out, paint, INK_DIM, text_string(&words), paint_columns(paint) - 8);
	text_puts(out, " ");
	paint_puts(out, paint, INK_DIM, paint_glyph(paint, GLYPH_ELLIPSIS));
}

void terminal_running_clear(struct text *out)
{
	text_puts(out, "\r\x1b[K");
}

static void draw_build(struct text *out, const struct paint *paint, const struct result *result)
{
	if (result->built)
		return;
	paint_puts(out, paint, INK_BAD, "The submission could not be built, so nothing was run.\n");
	const char *at = result->build_output != NULL ? result->build_output : "";
	size_t lines = 0;
	for (; *at != '\0' && lines < BUILD_LINES; lines++) {
		size_t length = strcspn(at, "\n");
		TEXT_AUTO line = {0};
		text_escaped(&line, at, length, BUILD_COLUMNS, false);
		text_puts(out, "  ");
		paint_fold(out, paint, text_string(&line));
		text_puts(out, "\n");
		at += length + (at[length] == '\n');
	}
	for (lines = 0; *at != '\0'; lines++) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	char count[COUNT_LENGTH];
	if (lines > 0)
		text_printf(out, "  %s %s more lines\n", paint_glyph(paint, GLYPH_ELLIPSIS), count_text(lines, count));
	text_puts(out, "\n");
}

static void draw_counts(struct text *out, const struct paint *paint, const struct result *result)
{
	static const char *const words[] = {
		[TEST_PASS] = "passed",     [TEST_FAIL] = "failed",      [TEST_INCONCLUSIVE] = "need review",
		[TEST_SKIPPED] = "skipped", [TEST_ERROR] = "not graded",
	};
	static const enum test_verdict order[] = {TEST_PASS, TEST_FAIL, TEST_SKIPPED, TEST_INCONCLUSIVE, TEST_ERROR};
	if (result->test_count == 0) {
		text_puts(out, "No test was finished.\n");
		return;
	}
	text_printf(out, "%zu test%s: ", result->test_count, result->test_count == 1 ? "" : "s");
	bool more = false;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		size_t count = 0;
		for (size_t j = 0; j < result->test_count; j++)
			count += result->tests[j].verdict == order[i];
		if (count == 0)
			continue;
		TEXT_AUTO part = {0};
		bool one = order[i] == TEST_INCONCLUSIVE && count == 1;
		text_printf(&part, "%zu %s", count, one ? "needs review" : words[order[i]]);
		if (more)
			text_puts(out, ", ");
		paint_puts(out, paint, look_of(order[i]).ink, text_string(&part));
		more = true;
	}
	text_puts(out, "\n");
}

/* Points of tests that go beyond what most courses grade are in the sum, and told apart. */
static void draw_points(struct text *out, const struct paint *paint, const struct view *view)
{
	const struct result *result = &view->result;
	double points = 0, most = 0;
	for (size_t i = 0; i < result->test_count; i++) {
		points += result->tests[i].test->robustness ? result->tests[i].points : 0;
		most += result->tests[i].test->robustness ? result->tests[i].max_points : 0;
	}
	TEXT_AUTO sum = {0};
	add_points(&sum, result->points, result->max_points);
	text_puts(&sum, " points");
	bool all = result->points >= result->max_points;
	paint_puts(out, paint, INK_STRONG, view->partial ? "Tests shown here: " : "Total: ");
	paint_puts(out, paint, all ? INK_GOOD : INK_STRONG, text_string(&sum));
	if (most > 0) {
		text_puts(out, ", of which robustness ");
		add_points(out, points, most);
	}
	text_puts(out, "\n");
}

/* No finding names the bug: what broke first does. */
static void draw_first_failure(struct text *out, const struct paint *paint, const struct result *result)
{
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		if (test->verdict != TEST_FAIL || test->reason == NULL)
			continue;
		TEXT_AUTO words = {0};
		text_printf(&words, "%s: %s", test->test->name, test->reason);
		text_puts(out, "\n");
		paint_puts(out, paint, INK_STRONG, "What to look at first\n");
		paint_words(out, paint, INK_PLAIN, "     ", text_string(&words));
		return;
	}
}

static void draw_findings(struct text *out, const struct paint *paint, const struct result *result)
{
	if (result->finding_count == 0) {
		if (result->built)
			draw_first_failure(out, paint, result);
		return;
	}
	text_puts(out, "\n");
	paint_puts(out, paint, INK_STRONG, "What to look at first\n");
	for (size_t i = 0; i < result->finding_count; i++) {
		const struct finding *finding = &result->findings[i];
		TEXT_AUTO number = {0};
		TEXT_AUTO words = {0};
		text_printf(&number, "%3zu. ", i + 1);
		text_printf(&words, "%s%s: %s (test %s)", finding->id, finding->robustness ? " (robustness)" : "",
		            finding->sentence != NULL ? finding->sentence : "", finding->test);
		paint_words(out, paint, INK_PLAIN, text_string(&number), text_string(&words));
	}
	TEXT_AUTO more = {0};
	text_printf(&more, "grader explain %s says more%s.", result->findings[0].id,
	            result->finding_count > 1 ? ", and so for each" : "");
	paint_words(out, paint, INK_DIM, "     ", text_string(&more));
}

/* A verdict that is not the student's doing is said at the end, where it is read. */
static void draw_review(struct text *out, const struct paint *paint, const struct result *result)
{
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		bool review = test->verdict == TEST_INCONCLUSIVE, error = test->verdict == TEST_ERROR;
		if (!review && !error && !test->unstable)
			continue;
		TEXT_AUTO words = {0};
		const char *what = error    ? "could not be graded; this is not the program's fault"
		                   : review ? "needs review: the evidence to decide it could not be had here"
		                            : "is unstable: its verdict was not the same in every run";
		text_printf(&words, "%s %s", test->test->name, what);
		if (test->reason != NULL)
			text_printf(&words, ": %s", test->reason);
		if (words.bytes[words.length - 1] != '.')
			text_puts(&words, ".");
		paint_words(out, paint, INK_DOUBT, "", text_string(&words));
	}
}

static const char *rung_meaning(enum rung rung)
{
	switch (rung) {
	case RUNG_A:
		return "calls, segments and states, in a network of its own";
	case RUNG_B:
		return "calls, segments and states, on a shared loopback";
	case RUNG_C:
		return "calls and states, no segments";
	case RUNG_D:
		return "states and quiet moments, no calls and no segments";
	case RUNG_E:
		return "what the other side saw, and time limits";
	}
	return "";
}

void terminal_summary(struct text *out, const struct paint *paint, const struct view *view)
{
	const struct result *result = &view->result;
	text_puts(out, "\n");
	paint_begin(out, paint, INK_DIM);
	paint_repeat(out, paint, GLYPH_RULE, paint_columns(paint));
	paint_end(out, paint, INK_DIM);
	text_puts(out, "\n");
	draw_build(out, paint, result);
	draw_points(out, paint, view);
	draw_counts(out, paint, result);
	draw_review(out, paint, result);
	draw_findings(out, paint, result);
	text_puts(out, "\n");
	if (result->source_note != NULL) {
		TEXT_AUTO note = {0};
		text_escaped(&note, result->source_note, strlen(result->source_note), 400, false);
		text_puts(&note, ".");
		paint_words(out, paint, INK_DIM, "Lines of the source: ", text_string(&note));
	}
	TEXT_AUTO evidence = {0};
	text_printf(&evidence, "Evidence: rung %s (%s).", rung_word(result->rung), rung_meaning(result->rung));
	if (result->rung != RUNG_A)
		text_puts(&evidence, " grader doctor says how to have more.");
	paint_words(out, paint, INK_DIM, "", text_string(&evidence));
}

void terminal_report(struct text *out, const struct paint *paint, const struct view *view, size_t ladder_rows)
{
	terminal_heading(out, paint, &view->result);
	size_t names = terminal_names(paint, &view->result);
	for (size_t i = 0; i < view->result.test_count; i++)
		terminal_test_line(out, paint, &view->result.tests[i], names);
	for (size_t i = 0; i < view->result.test_count; i++)
		terminal_test_details(out, paint, view, i, ladder_rows);
	terminal_summary(out, paint, view);
}
