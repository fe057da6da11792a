/* check50's JSON.  `passed` is null where nobody could tell: skipped, in need of review, or not graded; the last of them
 * has an error, as check50 has when its own code fails. */
#include "report/formats/rows.h"

#include "base/json.h"
#include "base/text.h"
#include "report/formats/plain.h"

#include <string.h>

#define CHECK50_BYTES ((size_t)8 << 20)

/* check50 keeps 100 lines of a log, the last ones. */
enum { LOG_LINES = 100 };

static void add_words(struct json *json, const char *key, const char *words)
{
	TEXT_AUTO line = {0};
	plain_words(&line, words);
	json_add_string(json, key, words != NULL ? text_string(&line) : NULL);
}

static void add_log(struct json *json, const struct view *view, size_t index, size_t most)
{
	const struct test_result *test = &view->result.tests[index];
	TEXT_AUTO details = {0};
	if (test->step_count > 0 && test->verdict != TEST_PASS)
		plain_details(&details, view, index, most);
	const char *at = text_string(&details);
	size_t lines = 0;
	json_add_array(json, "log");
	for (; *at != '\0' && lines < LOG_LINES; lines++) {
		size_t length = strcspn(at, "\n");
		json_add_bytes(json, NULL, at, length);
		at += length + (at[length] == '\n');
	}
	json_end_array(json);
}

static void add_cause(struct json *json, const struct test_result *test)
{
	if (test->verdict == TEST_PASS && !test->unstable) {
		json_add_null(json, "cause");
		return;
	}
	TEXT_AUTO message = {0};
	plain_message(&message, test);
	const struct step_result *step = plain_broken(test);
	json_add_object(json, "cause");
	json_add_string(json, "rationale", text_string(&message));
	add_words(json, "help", test->verdict == TEST_FAIL ? test->test->hint : NULL);
	if (step != NULL && step->expected != NULL && step->seen != NULL) {
		add_words(json, "expected", step->expected);
		add_words(json, "actual", step->seen);
	}
	if (test->verdict == TEST_ERROR) {
		json_add_object(json, "error");
		json_add_string(json, "type", "HarnessError");
		add_words(json, "value", test->reason != NULL ? test->reason : "");
		json_add_array(json, "traceback");
		json_end_array(json);
		json_add_object(json, "data");
		json_end_object(json);
		json_end_object(json);
	}
	json_end_object(json);
}

static void add_passed(struct json *json, const struct test_result *test)
{
	if (test->verdict == TEST_PASS || test->verdict == TEST_FAIL)
		json_add_boolean(json, "passed", test->verdict == TEST_PASS);
	else
		json_add_null(json, "passed");
}

static void add_check(struct json *json, const struct view *view, size_t index, size_t most)
{
	const struct test_result *test = &view->result.tests[index];
	json_add_object(json, NULL);
	add_words(json, "name", test->test->name);
	add_words(json, "description", test->test->title != NULL ? test->test->title : test->test->name);
	add_passed(json, test);
	add_log(json, view, index, most);
	add_cause(json, test);
	json_add_object(json, "data");
	json_add_number(json, "points", test->points);
	json_add_number(json, "max_points", test->max_points);
	json_end_object(json);
	bool needs = test->test->requires_count > 0 && view->result.spec != NULL;
	add_words(json, "dependency", needs ? view->result.spec->tests[test->test->requires[0]].name : NULL);
	json_end_object(json);
}

static void write_check50(struct text *out, const struct view *view, const struct format_context *context)
{
	const struct result *result = &view->result;
	struct json json = {.out = out, .indented = true};
	json_add_object(&json, NULL);
	json_add_string(&json, "slug", result->assignment != NULL ? result->assignment : "grader");
	json_add_string(&json, "version", context->version);
	json_add_array(&json, "results");
	size_t most = plain_share(CHECK50_BYTES, result->test_count);
	for (size_t i = 0; i < result->test_count; i++)
		add_check(&json, view, i, most);
	json_end_array(&json);
	json_end_object(&json);
	text_puts(out, "\n");
}

const struct format format_check50 = {
	.name = "check50",
	.help = "check50's JSON, for what reads that",
	.audience = AUDIENCE_STUDENT,
	.published = true,
	.write = write_check50,
};
