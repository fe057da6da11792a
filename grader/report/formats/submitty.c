/* validation_results.json of a Submitty custom validator: a score from 0 to 1 and at most 20 messages of 10,000 bytes.
 * For a harness error the status is "fail", which Submitty shows as the validator's own failure. */
#include "report/formats/rows.h"

#include "base/json.h"
#include "base/text.h"
#include "report/formats/plain.h"

enum { MESSAGES_MOST = 20, MESSAGE_BYTES = 10000 };

static void add_message(struct json *json, const struct text *message, const char *status)
{
	size_t length = message->length < MESSAGE_BYTES ? message->length : MESSAGE_BYTES;
	while (length > 0 && length < message->length && (message->bytes[length] & 0xc0) == 0x80)
		length--; /* no character is cut in two */
	json_add_object(json, NULL);
	json_add_bytes(json, "message", text_string(message), length);
	json_add_string(json, "status", status);
	json_end_object(json);
}

static const char *message_status(const struct test_result *test)
{
	switch (test->verdict) {
	case TEST_PASS:
		return test->unstable ? "warning" : "success";
	case TEST_FAIL:
		return "failure";
	case TEST_SKIPPED:
	case TEST_INCONCLUSIVE:
	case TEST_ERROR:
		return "warning";
	}
	return "warning";
}

static bool to_be_told(const struct test_result *test)
{
	return test->verdict != TEST_PASS || test->unstable;
}

static void add_test(struct json *json, const struct view *view, size_t index)
{
	const struct test_result *test = &view->result.tests[index];
	TEXT_AUTO message = {0};
	plain_words(&message, test->test->name);
	text_puts(&message, ": ");
	if (test->verdict == TEST_FAIL && test->step_count > 0) {
		TEXT_AUTO details = {0};
		plain_details(&details, view, index, MESSAGE_BYTES - message.length - 16);
		text_printf(&message, "failed\n%s", text_string(&details));
	} else {
		plain_message(&message, test);
	}
	add_message(json, &message, message_status(test));
}

static void add_messages(struct json *json, const struct view *view, const struct format_grade *grade)
{
	const struct result *result = &view->result;
	size_t wanted = 0, used = 0;
	for (size_t i = 0; i < result->test_count; i++)
		wanted += to_be_told(&result->tests[i]);
	json_add_array(json, "message");
	TEXT_AUTO note = {0};
	plain_note(&note, view, grade);
	if (note.length > 0) {
		add_message(json, &note, "information");
		used++;
	}
	if (!result->built) {
		TEXT_AUTO build = {0};
		text_puts(&build, "The submission could not be built, so nothing was run.\n");
		plain_build(&build, view, MESSAGE_BYTES - build.length - 16);
		add_message(json, &build, "failure");
		wanted = 0;
	}
	for (size_t i = 0; i < result->test_count && wanted > 0; i++) {
		if (!to_be_told(&result->tests[i]))
			continue;
		if (used + 1 == MESSAGES_MOST && wanted > 1) {
			TEXT_AUTO more = {0};
			text_printf(&more, "and %zu more tests that did not pass", wanted);
			add_message(json, &more, "warning");
			break;
		}
		add_test(json, view, i);
		used++;
		wanted--;
	}
	json_end_array(json);
}

static void write_submitty(struct text *out, const struct view *view, const struct format_context *context)
{
	bool graded = context->grade.errors == 0;
	struct json json = {.out = out, .indented = true};
	json_add_object(&json, NULL);
	json_add_string(&json, "status", graded ? "success" : "fail");
	if (graded) {
		json_add_object(&json, "data");
		json_add_number(&json, "score", format_fraction(&context->grade));
		add_messages(&json, view, &context->grade);
		json_add_string(&json, "status",
		                context->grade.passed       ? "success"
		                : context->grade.review > 0 ? "warning"
		                                            : "failure");
		json_end_object(&json);
	} else {
		TEXT_AUTO note = {0};
		plain_note(&note, view, &context->grade);
		json_add_string(&json, "message", text_string(&note));
	}
	json_end_object(&json);
	text_puts(out, "\n");
}

const struct format format_submitty = {
	.name = "submitty",
	.help = "validation_results.json of a Submitty custom validator",
	.audience = AUDIENCE_STUDENT,
	.published = true,
	.write = write_submitty,
};
