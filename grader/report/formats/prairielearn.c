/* PrairieLearn's results.json: at most 1 MiB, or nothing is graded; points for every test, or they are shown for none.
 * A harness error and a submission that does not build are "not gradable", which uses up no attempt. */
#include "report/formats/rows.h"

#include "base/json.h"
#include "base/text.h"
#include "report/formats/plain.h"

#define PRAIRIELEARN_BYTES ((size_t)1024 * 1024)

enum level { LEVEL_DETAILS, LEVEL_MESSAGES, LEVEL_SCORE };

static void add_test(struct json *json, const struct view *view, size_t index, enum level level)
{
	const struct test_result *test = &view->result.tests[index];
	TEXT_AUTO name = {0};
	TEXT_AUTO title = {0};
	TEXT_AUTO message = {0};
	TEXT_AUTO output = {0};
	plain_words(&name, test->test->name);
	plain_words(&title, test->test->title);
	plain_message(&message, test);
	if (level == LEVEL_DETAILS && test->step_count > 0 && test->verdict != TEST_PASS)
		plain_details(&output, view, index, PLAIN_DETAILS);
	json_add_object(json, NULL);
	json_add_string(json, "name", text_string(&name));
	json_add_string(json, "description", text_string(&title));
	json_add_number(json, "points", test->points);
	json_add_number(json, "max_points", test->max_points);
	if (message.length > 0)
		json_add_string(json, "message", text_string(&message));
	if (output.length > 0)
		json_add_string(json, "output", text_string(&output));
	json_end_object(json);
}

static void add_tests(struct json *json, const struct view *view, enum level level)
{
	json_add_array(json, "tests");
	for (size_t i = 0; i < view->result.test_count; i++)
		add_test(json, view, i, level);
	json_end_array(json);
}

static void write_level(struct text *out, const struct view *view, const struct format_context *context,
                        enum level level)
{
	bool graded = context->grade.errors == 0, built = view->result.built;
	TEXT_AUTO note = {0};
	TEXT_AUTO summary = {0};
	plain_note(&note, view, &context->grade);
	plain_summary(&summary, view);
	struct json json = {.out = out, .indented = true};
	json_add_object(&json, NULL);
	json_add_boolean(&json, "gradable", graded && built);
	if (!graded)
		json_add_string(&json, "format_errors", text_string(&note));
	else if (!built)
		json_add_string(&json, "format_errors", "The submission could not be built, so nothing was run.");
	else
		json_add_number(&json, "score", format_fraction(&context->grade));
	if (note.length > 0)
		json_add_string(&json, "message", text_string(&note));
	if (level != LEVEL_SCORE)
		json_add_string(&json, "output", text_string(&summary));
	if (graded && built && level != LEVEL_SCORE)
		add_tests(&json, view, level);
	json_end_object(&json);
	text_puts(out, "\n");
}

static void write_prairielearn(struct text *out, const struct view *view, const struct format_context *context)
{
	for (enum level level = LEVEL_DETAILS; level <= LEVEL_SCORE; level++) {
		TEXT_AUTO whole = {0};
		write_level(&whole, view, context, level);
		if (whole.length > PRAIRIELEARN_BYTES && level != LEVEL_SCORE)
			continue;
		text_add(out, whole.bytes, whole.length);
		return;
	}
}

const struct format format_prairielearn = {
	.name = "prairielearn",
	.help = "PrairieLearn's /grade/results/results.json",
	.audience = AUDIENCE_STUDENT,
	.published = true,
	.write = write_prairielearn,
};
