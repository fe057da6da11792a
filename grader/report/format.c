#include "report/format.h"

#include "report/formats/rows.h"

#include <string.h>

const struct format *const formats[] = {
	&format_json,      &format_text,        &format_markdown, &format_github,       &format_junit,      &format_tap,
	&format_ctrf,      &format_gradescope,  &format_autolab,  &format_prairielearn, &format_submitty,   &format_mermaid,
	&format_inginious, &format_classroom50, &format_check50,  &format_canvas_csv,   &format_moodle_csv, NULL,
};

const struct format *format_find(const char *name)
{
	for (size_t i = 0; formats[i] != NULL; i++) {
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	}
	return NULL;
}

struct format_grade format_grade(const struct result *result)
{
	struct format_grade grade = {.points = result->points,
	                             .max_points = result->max_points,
	                             .tests = result->test_count,
	                             .passed = result->built};
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		grade.errors += test->verdict == TEST_ERROR;
		grade.review += test->verdict == TEST_INCONCLUSIVE || (test->unstable && test->verdict != TEST_ERROR);
		grade.passed = grade.passed && test->verdict == TEST_PASS && !test->unstable;
	}
	return grade;
}

double format_fraction(const struct format_grade *grade)
{
	if (grade->max_points <= 0)
		return grade->passed ? 1 : 0;
	double fraction = grade->points / grade->max_points;
	return fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
}
