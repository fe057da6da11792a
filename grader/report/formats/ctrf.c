/* The Common Test Report Format: the only common one that has a word for a flaky test. */
#include "report/formats/rows.h"

#include "base/json.h"
#include "base/text.h"
#include "report/formats/instant.h"
#include "report/formats/plain.h"

#include <string.h>

#define CTRF_BYTES ((size_t)16 << 20)

static const char *test_status(enum test_verdict verdict)
{
	switch (verdict) {
	case TEST_PASS:
		return "passed";
	case TEST_FAIL:
		return "failed";
	case TEST_SKIPPED:
		return "skipped";
	case TEST_INCONCLUSIVE:
	case TEST_ERROR:
		return "other";
	}
	return "other";
}

static const char *step_status(enum step_verdict verdict)
{
	switch (verdict) {
	case STEP_MET:
		return "passed";
	case STEP_UNMET:
		return "failed";
	case STEP_NOT_REACHED:
		return "skipped";
	case STEP_INCONCLUSIVE:
		return "other";
	}
	return "other";
}

static void add_words(struct json *json, const char *key, const char *words)
{
	TEXT_AUTO line = {0};
	plain_words(&line, words);
	if (line.length > 0)
		json_add_string(json, key, text_string(&line));
}

static int64_t milliseconds(int64_t duration_ns)
{
	return duration_ns > 0 ? (duration_ns + 500000) / 1000000 : 0;
}

static void add_summary(struct json *json, const struct result *result, int64_t created_s)
{
	int64_t counts[TEST_ERROR + 1] = {0}, duration = 0, flaky = 0;
	for (size_t i = 0; i < result->test_count; i++) {
		counts[result->tests[i].verdict]++;
		flaky += result->tests[i].unstable && result->tests[i].verdict == TEST_PASS;
		duration += milliseconds(result->tests[i].duration_ns);
	}
	int64_t stop = created_s * 1000;
	json_add_object(json, "summary");
	json_add_integer(json, "tests", (int64_t)result->test_count);
	json_add_integer(json, "passed", counts[TEST_PASS]);
	json_add_integer(json, "failed", counts[TEST_FAIL]);
	json_add_integer(json, "skipped", counts[TEST_SKIPPED]);
	json_add_integer(json, "pending", 0);
	json_add_integer(json, "other", counts[TEST_INCONCLUSIVE] + counts[TEST_ERROR]);
	json_add_integer(json, "flaky", flaky);
	json_add_integer(json, "suites", 1);
	json_add_integer(json, "start", stop > duration ? stop - duration : 0);
	json_add_integer(json, "stop", stop);
	json_end_object(json);
}

static void add_steps(struct json *json, const struct test_result *test)
{
	if (test->step_count == 0)
		return;
	json_add_array(json, "steps");
	for (size_t i = 0; i < test->step_count; i++) {
		json_add_object(json, NULL);
		TEXT_AUTO line = {0};
		plain_words(&line, test->steps[i].text);
		json_add_string(json, "name", text_string(&line));
		json_add_string(json, "status", step_status(test->steps[i].verdict));
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_test(struct json *json, const struct view *view, size_t index, size_t most)
{
	const struct test_result *test = &view->result.tests[index];
	TEXT_AUTO message = {0};
	TEXT_AUTO details = {0};
	plain_message(&message, test);
	if (test->step_count > 0 && test->verdict != TEST_PASS)
		plain_details(&details, view, index, most);
	json_add_object(json, NULL);
	add_words(json, "name", test->test->name);
	json_add_string(json, "status", test_status(test->verdict));
	json_add_integer(json, "duration", milliseconds(test->duration_ns));
	json_add_string(json, "rawStatus", test_verdict_word(test->verdict));
	json_add_array(json, "suite");
	json_add_string(json, NULL, view->result.assignment != NULL ? view->result.assignment : "grader");
	json_end_array(json);
	if (message.length > 0)
		json_add_string(json, "message", text_string(&message));
	if (details.length > 0)
		json_add_string(json, "trace", text_string(&details));
	json_add_boolean(json, "flaky", test->verdict == TEST_PASS && test->unstable);
	json_add_array(json, "tags");
	if (test->test->robustness)
		json_add_string(json, NULL, "robustness");
	json_end_array(json);
	add_steps(json, test);
	json_add_object(json, "extra");
	add_words(json, "title", test->test->title);
	json_add_number(json, "points", test->points);
	json_add_number(json, "max_points", test->max_points);
	json_add_boolean(json, "needs_review", test->verdict == TEST_INCONCLUSIVE || test->unstable);
	if (test->verdict == TEST_FAIL)
		add_words(json, "hint", test->test->hint);
	json_end_object(json);
	json_end_object(json);
}

static void write_ctrf(struct text *out, const struct view *view, const struct format_context *context)
{
	struct json json = {.out = out, .indented = true};
	json_add_object(&json, NULL);
	json_add_string(&json, "reportFormat", "CTRF");
	json_add_string(&json, "specVersion", "0.0.0");
	if (context->created_s > 0) {
		TEXT_AUTO instant = {0};
		instant_text(&instant, context->created_s);
		json_add_string(&json, "timestamp", text_string(&instant));
	}
	json_add_string(&json, "generatedBy", "grader");
	json_add_object(&json, "results");
	json_add_object(&json, "tool");
	json_add_string(&json, "name", "grader");
	json_add_string(&json, "version", context->version);
	json_end_object(&json);
	add_summary(&json, &view->result, context->created_s);
	json_add_array(&json, "tests");
	size_t most = plain_share(CTRF_BYTES, view->result.test_count);
	for (size_t i = 0; i < view->result.test_count; i++)
		add_test(&json, view, i, most);
	json_end_array(&json);
	json_end_object(&json);
	json_end_object(&json);
	text_puts(out, "\n");
}

const struct format format_ctrf = {
	.name = "ctrf",
	.help = "CTRF JSON for test dashboards: steps, and what is flaky or needs review",
	.audience = AUDIENCE_STUDENT,
	.write = write_ctrf,
};
