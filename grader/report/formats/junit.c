/* JUnit's XML as far as GitLab, Jenkins and the common viewers agree: one suite; name and classname of a case are unique
 * together; at most one of failure, error and skipped.  A failure is the student's; an error is not. */
#include "report/formats/rows.h"

#include "base/text.h"
#include "report/formats/instant.h"
#include "report/formats/markup.h"
#include "report/formats/plain.h"

#include <string.h>

/* GitLab reads 30 MB of a file; markup makes at most 6 bytes of one. */
#define JUNIT_BYTES ((size_t)4000000)

struct counts {
	size_t failures, errors, skipped;
	int64_t duration_ns;
};

static struct counts count_all(const struct result *result)
{
	struct counts counts = {0};
	for (size_t i = 0; i < result->test_count; i++) {
		enum test_verdict verdict = result->tests[i].verdict;
		counts.failures += verdict == TEST_FAIL;
		counts.errors += verdict == TEST_ERROR;
		counts.skipped += verdict == TEST_SKIPPED || verdict == TEST_INCONCLUSIVE;
		counts.duration_ns += result->tests[i].duration_ns;
	}
	return counts;
}

static void add_attribute(struct text *out, const char *name, const char *value)
{
	text_printf(out, " %s=\"", name);
	markup_attribute(out, value);
	text_puts(out, "\"");
}

/* Digits by hand: the decimal point is no matter of locale. */
static void add_time(struct text *out, int64_t duration_ns)
{
	long long micro = duration_ns > 0 ? (long long)(duration_ns / 1000) : 0;
	text_printf(out, " time=\"%lld.%06lld\"", micro / 1000000, micro % 1000000);
}

static void add_counts(struct text *out, const struct view *view, const struct format_context *context)
{
	struct counts counts = count_all(&view->result);
	text_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", view->result.test_count,
	            counts.failures, counts.errors, counts.skipped);
	add_time(out, counts.duration_ns);
	if (context->created_s > 0) {
		TEXT_AUTO instant = {0};
		instant_text(&instant, context->created_s);
		instant.bytes[instant.length - 1] = '\0'; /* Jenkins wants no zone */
		add_attribute(out, "timestamp", instant.bytes);
	}
}

static void add_property(struct text *out, const char *name, const char *value)
{
	text_puts(out, "      <property");
	add_attribute(out, "name", name);
	add_attribute(out, "value", value != NULL ? value : "");
	text_puts(out, "/>\n");
}

/* `type` NULL: the element has none. */
static void add_outcome(struct text *out, const struct view *view, size_t index, const char *element, const char *type,
                        size_t most)
{
	TEXT_AUTO message = {0};
	plain_message(&message, &view->result.tests[index]);
	text_printf(out, "      <%s message=\"", element);
	markup_content(out, text_string(&message));
	text_puts(out, "\"");
	if (type == NULL) {
		text_puts(out, "/>\n");
		return;
	}
	TEXT_AUTO details = {0};
	plain_details(&details, view, index, most);
	text_printf(out, " type=\"%s\">", type);
	markup_content(out, text_string(&details));
	text_printf(out, "</%s>\n", element);
}

static void add_case(struct text *out, const struct view *view, size_t index, size_t most)
{
	const struct result *result = &view->result;
	const struct test_result *test = &result->tests[index];
	text_puts(out, "    <testcase");
	add_attribute(out, "name", test->test->name);
	add_attribute(out, "classname", result->assignment != NULL ? result->assignment : "grader");
	add_time(out, test->duration_ns);
	text_puts(out, ">\n");
	switch (test->verdict) {
	case TEST_PASS:
		break;
	case TEST_FAIL:
		add_outcome(out, view, index, "failure", "failed", most);
		break;
	case TEST_ERROR:
		add_outcome(out, view, index, "error", "not-graded", most);
		break;
	case TEST_INCONCLUSIVE:
	case TEST_SKIPPED:
		add_outcome(out, view, index, "skipped", NULL, most);
		break;
	}
	if (test->unstable) {
		text_printf(out, "      <system-out>%s</system-out>\n",
		            "unstable: the verdict was not the same in every run; it needs review");
	}
	text_puts(out, "    </testcase>\n");
}

/* GitLab and Jenkins take "[[ATTACHMENT|file]]" in these streams for an order to attach that file. */
static void add_build(struct text *out, const struct view *view)
{
	TEXT_AUTO build = {0};
	TEXT_AUTO apart = {0};
	plain_build(&build, view, PLAIN_DETAILS);
	if (build.length == 0)
		return;
	for (const char *at = build.bytes; *at != '\0'; at++) {
		text_add(&apart, at, 1);
		if (at[0] == '[' && at[1] == '[')
			text_puts(&apart, " ");
	}
	text_puts(out, "    <system-err>");
	markup_content(out, text_string(&apart));
	text_puts(out, "</system-err>\n");
}

static void write_junit(struct text *out, const struct view *view, const struct format_context *context)
{
	const struct result *result = &view->result;
	text_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_attribute(out, "name", result->title != NULL ? result->title : result->assignment);
	add_counts(out, view, context);
	text_puts(out, ">\n  <testsuite");
	add_attribute(out, "name", result->assignment);
	add_counts(out, view, context);
	text_puts(out, ">\n    <properties>\n");
	add_property(out, "grader", context->version);
	add_property(out, "submission", result->submission);
	add_property(out, "spec_sha256", result->spec_digest);
	add_property(out, "submission_sha256", result->submission_digest);
	add_property(out, "rung", rung_word(result->rung));
	text_puts(out, "    </properties>\n");
	size_t most = plain_share(JUNIT_BYTES, result->test_count);
	for (size_t i = 0; i < result->test_count; i++)
		add_case(out, view, i, most);
	if (!result->built)
		add_build(out, view);
	text_puts(out, "  </testsuite>\n</testsuites>\n");
}

const struct format format_junit = {
	.name = "junit",
	.help = "JUnit XML for GitLab, Jenkins and others; what the harness could not grade is an error, not a failure",
	.audience = AUDIENCE_STUDENT,
	.write = write_junit,
};
