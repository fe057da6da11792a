/* Classroom 50's result.json.  Who submitted what comes from the workflow's environment; what is missing there is empty,
 * which the collector refuses by name: nothing is guessed.  A harness error leaves a file that is no result. */
#include "report/formats/rows.h"

#include "base/json.h"
#include "base/text.h"
#include "report/formats/instant.h"
#include "report/formats/plain.h"
#include "report/formats/whole.h"

#include <stdlib.h>

/* The collector reads 10 MiB. */
#define CLASSROOM50_BYTES ((size_t)2 << 20)

static void add_identity(struct json *json, const struct format_context *context)
{
	TEXT_AUTO instant = {0};
	instant_text(&instant, context->created_s);
	const struct {
		const char *key, *value;
	} rows[] = {
		{"schema", "classroom50/result/v1"},
		{"classroom", context->classroom},
		{"assignment", context->assignment},
		{"assignment_type", context->assignment_type != NULL ? context->assignment_type : "individual"},
		{"owner", context->owner},
		{"submission", context->submission_tag},
		{"commit", context->commit_url},
		{"release", context->release_url},
		{"review", context->review_url},
		{"datetime", text_string(&instant)},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_add_string(json, rows[i].key, rows[i].value != NULL ? rows[i].value : "");
}

static void add_test(struct json *json, const struct view *view, size_t index, struct whole points, size_t most)
{
	const struct test_result *test = &view->result.tests[index];
	TEXT_AUTO name = {0};
	TEXT_AUTO output = {0};
	plain_words(&name, test->test->name);
	if (test->verdict != TEST_PASS)
		plain_details(&output, view, index, most);
	json_add_object(json, NULL);
	json_add_string(json, "test-name", text_string(&name));
	json_add_boolean(json, "passed", test->verdict == TEST_PASS);
	json_add_integer(json, "score", points.points);
	json_add_integer(json, "max-score", points.max_points);
	json_add_string(json, "verdict", test_verdict_word(test->verdict));
	if (test->verdict == TEST_INCONCLUSIVE || test->unstable)
		json_add_boolean(json, "needs-review", true);
	if (output.length > 0)
		json_add_string(json, "output", text_string(&output));
	json_end_object(json);
}

static void add_result(struct json *json, const struct view *view, const struct format_context *context)
{
	size_t count = view->result.test_count;
	struct whole *points = calloc(count + 1, sizeof(*points));
	if (points == NULL)
		abort();
	struct whole sum = whole_points(view, &context->grade, points);
	json_add_integer(json, "score", sum.points);
	json_add_integer(json, "max-score", sum.max_points);
	json_add_array(json, "tests");
	size_t most = plain_share(CLASSROOM50_BYTES, count);
	for (size_t i = 0; i < count; i++)
		add_test(json, view, i, points[i], most);
	json_end_array(json);
	free(points);
}

static void write_classroom50(struct text *out, const struct view *view, const struct format_context *context)
{
	struct json json = {.out = out, .indented = true};
	json_add_object(&json, NULL);
	if (context->grade.errors > 0) {
		TEXT_AUTO note = {0};
		plain_note(&note, view, &context->grade);
		json_add_string(&json, "error", text_string(&note));
	} else {
		add_identity(&json, context);
		add_result(&json, view, context);
	}
	json_end_object(&json);
	text_puts(out, "\n");
}

const struct format format_classroom50 = {
	.name = "classroom50",
	.help = "Classroom 50's result.json, in whole points; the environment of its runner says whose it is",
	.audience = AUDIENCE_STUDENT,
	.published = true,
	.write = write_classroom50,
};
