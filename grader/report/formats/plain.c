#include "report/formats/plain.h"

#include "base/text.h"
#include "report/format.h"
#include "report/paint.h"
#include "report/terminal.h"

#include <string.h>

enum { LADDER_ROWS = 40, BUILD_LINE = 1000 };

static const struct paint plain = {.unicode = true, .columns = 100};

size_t plain_share(size_t total, size_t count)
{
	size_t share = total / (count + 1);
	return share < PLAIN_DETAILS ? share : PLAIN_DETAILS;
}

const struct step_result *plain_broken(const struct test_result *test)
{
	static const enum step_verdict order[] = {STEP_UNMET, STEP_INCONCLUSIVE};
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (size_t j = 0; j < test->step_count; j++)
			if (test->steps[j].verdict == order[i])
				return &test->steps[j];
	return NULL;
}

void plain_words(struct text *out, const char *words)
{
	if (words != NULL)
		text_escaped(out, words, strlen(words), PLAIN_WORDS, false);
}

/* What was expected and seen, or the rule that was broken, or the reason. */
static void add_cause(struct text *out, const struct test_result *test)
{
	const struct step_result *step = plain_broken(test);
	if (test->under != NULL && (step != NULL || test->rule_count > 0)) {
		plain_words(out, test->under);
		text_puts(out, ": ");
	}
	if (step != NULL) {
		plain_words(out, step->text);
		if (step->expected != NULL) {
			text_puts(out, "; expected: ");
			plain_words(out, step->expected);
		}
		if (step->seen != NULL) {
			text_puts(out, "; seen: ");
			plain_words(out, step->seen);
		}
	} else if (test->rule_count > 0) {
		text_printf(out, "the rule \"%s\" was broken: ", rule_word(test->rules[0].rule));
		plain_words(out, test->rules[0].seen);
	} else {
		plain_words(out, test->reason);
	}
}

const char *plain_mark(const struct test_result *test)
{
	switch (test->verdict) {
	case TEST_PASS:
	case TEST_FAIL:
		return test->unstable ? "unstable" : "";
	case TEST_INCONCLUSIVE:
		return "needs review";
	case TEST_SKIPPED:
		return "skipped";
	case TEST_ERROR:
		return "not graded";
	}
	return "";
}

static const char *lead(const struct test_result *test)
{
	switch (test->verdict) {
	case TEST_PASS:
		return test->unstable ? "passed, but not in every run" : "";
	case TEST_FAIL:
		return test->unstable ? "failed, but not in every run" : "failed";
	case TEST_INCONCLUSIVE:
		return "needs review: the evidence to decide it could not be had";
	case TEST_SKIPPED:
		return "skipped";
	case TEST_ERROR:
		return "could not be graded, which is not the program's fault";
	}
	return "";
}

void plain_message(struct text *out, const struct test_result *test)
{
	TEXT_AUTO cause = {0};
	if (test->verdict != TEST_PASS)
		add_cause(&cause, test);
	bool alone = cause.length > 0 && test->verdict == TEST_FAIL && !test->unstable;
	if (!alone)
		text_puts(out, lead(test));
	if (!alone && cause.length > 0)
		text_puts(out, ": ");
	text_puts(out, text_string(&cause));
}

/* Whole lines only, so that no character is cut in two. */
static void add_lines(struct text *out, const struct text *from, size_t most)
{
	if (from->length <= most) {
		text_puts(out, text_string(from));
		return;
	}
	size_t length = most;
	while (length > 0 && from->bytes[length - 1] != '\n')
		length--;
	text_add(out, from->bytes, length);
	text_puts(out, "…\n");
}

/* The most telling form that fits: with the diagram, without it, the message. */
void plain_details(struct text *out, const struct view *view, size_t index, size_t most)
{
	static const size_t rows[] = {LADDER_ROWS, 0};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		TEXT_AUTO details = {0};
		terminal_test_details(&details, &plain, view, index, rows[i]);
		while (details.length > 1 && details.bytes[details.length - 2] == '\n')
			details.bytes[--details.length] = '\0';
		if (details.length > 0 && details.length <= most) {
			text_puts(out, details.bytes + strspn(details.bytes, "\n"));
			return;
		}
	}
	TEXT_AUTO message = {0};
	plain_message(&message, &view->result.tests[index]);
	if (message.length > 0)
		text_puts(&message, "\n");
	add_lines(out, &message, most);
}

void plain_report(struct text *out, const struct view *view)
{
	terminal_report(out, &plain, view, LADDER_ROWS);
}

void plain_summary(struct text *out, const struct view *view)
{
	terminal_summary(out, &plain, view);
}

void plain_note(struct text *out, const struct view *view, const struct format_grade *grade)
{
	if (grade->errors > 0)
		text_printf(out,
		            "%zu test%s could not be graded, which is not the program's fault. So there is no score; the "
		            "course staff can have the submission graded again.\n",
		            grade->errors, grade->errors == 1 ? "" : "s");
	else if (grade->review > 0)
		text_printf(out, "%zu test%s review by a person; the score is not final.\n", grade->review,
		            grade->review == 1 ? " needs" : "s need");
	if (view->partial && grade->errors == 0)
		text_puts(out, "The score also counts tests that are not shown here.\n");
}

void plain_build(struct text *out, const struct view *view, size_t most)
{
	const char *at = view->result.build_output != NULL ? view->result.build_output : "";
	TEXT_AUTO lines = {.ceiling = most + BUILD_LINE * 8};
	while (*at != '\0' && lines.length <= most) {
		size_t length = strcspn(at, "\n");
		text_escaped(&lines, at, length, BUILD_LINE, false);
		text_puts(&lines, "\n");
		at += length + (at[length] == '\n');
	}
	add_lines(out, &lines, most);
}
