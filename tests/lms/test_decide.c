/* The table of what an answer means, line by line. */
#include "lms/backend.h"
#include "lms/config.h"
#include "lms/decide.h"
#include "lms/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct line {
	const char *name;
	const struct backend *backend; /* NULL: what all have in common */
	enum http_outcome outcome;
	int status;
	const char *body;
	enum act write, read;
};

static const struct line lines[] = {
	{"200", NULL, HTTP_ANSWERED, 200, "", ACT_CONFIRM, ACT_DONE},
	{"201", NULL, HTTP_ANSWERED, 201, "{}", ACT_CONFIRM, ACT_DONE},
	{"202", NULL, HTTP_ANSWERED, 202, "", ACT_CONFIRM, ACT_STOP},
	{"204", NULL, HTTP_ANSWERED, 204, "", ACT_CONFIRM, ACT_DONE},
	{"a page with 200", NULL, HTTP_ANSWERED, 200, "\n<!DOCTYPE html>", ACT_UNKNOWN, ACT_STOP},
	{"an error with 200", NULL, HTTP_ANSWERED, 200, "{\"errors\": [{\"message\": \"no\"}]}", ACT_UNKNOWN, ACT_DONE},
	{"no connection", NULL, HTTP_NOT_SENT, 0, "", ACT_AGAIN, ACT_AGAIN},
	{"certificate", NULL, HTTP_CERTIFICATE, 0, "", ACT_STOP, ACT_STOP},
	{"no answer", NULL, HTTP_NO_ANSWER, 0, "", ACT_UNKNOWN, ACT_AGAIN},
	{"an answer without end", NULL, HTTP_TOO_LARGE, 0, "", ACT_UNKNOWN, ACT_AGAIN},
	{"502", NULL, HTTP_ANSWERED, 502, "<html>", ACT_UNKNOWN, ACT_AGAIN},
	{"504", NULL, HTTP_ANSWERED, 504, "", ACT_UNKNOWN, ACT_AGAIN},
	{"409", NULL, HTTP_ANSWERED, 409, "[]", ACT_OUTDATED, ACT_STOP},
	{"401", NULL, HTTP_ANSWERED, 401, "", ACT_TOKEN, ACT_TOKEN},
	{"403", NULL, HTTP_ANSWERED, 403, "{}", ACT_DEAD, ACT_STOP},
	{"403 of a throttle", NULL, HTTP_ANSWERED, 403, "403 Forbidden (Rate Limit Exceeded)", ACT_WAIT, ACT_WAIT},
	{"408", NULL, HTTP_ANSWERED, 408, "", ACT_WAIT, ACT_WAIT},
	{"425", NULL, HTTP_ANSWERED, 425, "", ACT_WAIT, ACT_WAIT},
	{"429", NULL, HTTP_ANSWERED, 429, "", ACT_WAIT, ACT_WAIT},
	{"503", NULL, HTTP_ANSWERED, 503, "<html>", ACT_WAIT, ACT_WAIT},
	{"500", NULL, HTTP_ANSWERED, 500, "[]", ACT_FAULT, ACT_AGAIN},
	{"301", NULL, HTTP_ANSWERED, 301, "", ACT_STOP, ACT_STOP},
	{"303", NULL, HTTP_ANSWERED, 303, "", ACT_STOP, ACT_STOP},
	{"400", NULL, HTTP_ANSWERED, 400, "", ACT_DEAD, ACT_STOP},
	{"404", NULL, HTTP_ANSWERED, 404, "", ACT_STOP, ACT_STOP},
	{"422", NULL, HTTP_ANSWERED, 422, "", ACT_DEAD, ACT_STOP},
	{"Canvas: an older stamp", &backend_ags, HTTP_ANSWERED, 400,
     "{\"errors\":{\"message\":\"Provided timestamp is before last updated timestamp of X\"}}", ACT_OUTDATED, ACT_STOP},
	{"Open edX: an equal stamp", &backend_ags, HTTP_ANSWERED, 400,
     "{\"error\":\"Score already exists for the provided timestamp.\"}", ACT_OUTDATED, ACT_STOP},
	{"AGS: 404 for a student or the column", &backend_ags, HTTP_ANSWERED, 404, "", ACT_ABSENT, ACT_STOP},
	{"AGS: another 400", &backend_ags, HTTP_ANSWERED, 400, "[]", ACT_DEAD, ACT_STOP},
	{"Canvas: 401 for one student", &backend_canvas, HTTP_ANSWERED, 401, "{}", ACT_DEAD, ACT_TOKEN},
	{"Canvas: 404 for one student", &backend_canvas, HTTP_ANSWERED, 404, "{}", ACT_DEAD, ACT_STOP},
	{"Moodle: null", &backend_moodle, HTTP_ANSWERED, 200, "null", ACT_CONFIRM, ACT_DONE},
	{"Moodle: not null", &backend_moodle, HTTP_ANSWERED, 200, "[]", ACT_UNKNOWN, ACT_DONE},
	{"Moodle: a page", &backend_moodle, HTTP_ANSWERED, 200, "<html>", ACT_UNKNOWN, ACT_STOP},
	{"Moodle: invalidtoken", &backend_moodle, HTTP_ANSWERED, 200,
     "{\"exception\":\"e\",\"errorcode\":\"invalidtoken\",\"message\":\"m\"}", ACT_STOP, ACT_DONE},
	{"Moodle: usernotincourse", &backend_moodle, HTTP_ANSWERED, 200,
     "{\"exception\":\"e\",\"errorcode\":\"usernotincourse\"}", ACT_DEAD, ACT_DONE},
	{"Moodle: dmlwriteexception", &backend_moodle, HTTP_ANSWERED, 200,
     "{\"exception\":\"e\",\"errorcode\":\"dmlwriteexception\"}", ACT_UNKNOWN, ACT_DONE},
	{"Moodle: web services are off", &backend_moodle, HTTP_ANSWERED, 403, "", ACT_STOP, ACT_STOP},
	{"webhook: 204", &backend_webhook, HTTP_ANSWERED, 204, "", ACT_DONE, ACT_DONE},
	{"webhook: still at work", &backend_webhook, HTTP_ANSWERED, 409, "", ACT_AGAIN, ACT_STOP},
	{"webhook: gone", &backend_webhook, HTTP_ANSWERED, 410, "", ACT_STOP, ACT_STOP},
	{"webhook: signature refused", &backend_webhook, HTTP_ANSWERED, 401, "", ACT_STOP, ACT_TOKEN},
	{"webhook: key reused", &backend_webhook, HTTP_ANSWERED, 422, "", ACT_DEAD, ACT_STOP},
};

static void each_outcome_has_its_decision(void **state)
{
	(void)state;
	const struct target target = {.name = "t"};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct line *line = &lines[i];
		HTTP_REPLY_AUTO reply = {.outcome = line->outcome, .status = line->status};
		text_puts(&reply.body, line->body);
		struct decision write = line->backend != NULL ? line->backend->written(&target, &reply) : decide_write(&reply);
		struct decision read = decide_read(&reply);
		if (write.act != line->write || read.act != line->read)
			fail_msg("%s: write: %s, not %s; read: %s, not %s", line->name, act_word(write.act), act_word(line->write),
			         act_word(read.act), act_word(line->read));
	}
}

static void accepted_202_is_not_applied(void **state)
{
	(void)state;
	HTTP_REPLY_AUTO reply = {.outcome = HTTP_ANSWERED, .status = 202};
	assert_false(decide_write(&reply).applied);
	reply.status = 200;
	assert_true(decide_write(&reply).applied);
}

static void retry_after_is_asked_of_the_caller(void **state)
{
	(void)state;
	HTTP_REPLY_AUTO reply = {.outcome = HTTP_ANSWERED, .status = 429, .retry_after = "7"};
	assert_int_equal(decide_write(&reply).wait_ms, 7000);
	strcpy(reply.retry_after, "soon");
	assert_int_equal(decide_write(&reply).wait_ms, 0);
}

static void a_redirect_names_where_to(void **state)
{
	(void)state;
	HTTP_REPLY_AUTO reply = {.outcome = HTTP_ANSWERED, .status = 303, .location = "https://lms.example.edu/"};
	assert_non_null(strstr(decide_write(&reply).reason, "https://lms.example.edu/"));
}

static void an_empty_rate_limit_is_a_throttle(void **state)
{
	(void)state;
	HTTP_REPLY_AUTO reply = {.outcome = HTTP_ANSWERED, .status = 403, .rate_remaining = "0.0"};
	assert_int_equal(decide_write(&reply).act, ACT_WAIT);
	strcpy(reply.rate_remaining, "312.5");
	assert_int_equal(decide_write(&reply).act, ACT_DEAD);
}

static void what_a_server_echoes_is_cut(void **state)
{
	(void)state;
	HTTP_REPLY_AUTO reply = {.outcome = HTTP_ANSWERED, .status = 400};
	text_puts(&reply.body, "{\"message\": \"");
	for (unsigned i = 0; i < 5000; i++)
		text_puts(&reply.body, "x");
	text_puts(&reply.body, "\"}");
	assert_true(strlen(decide_write(&reply).reason) < 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_outcome_has_its_decision),      cmocka_unit_test(accepted_202_is_not_applied),
		cmocka_unit_test(retry_after_is_asked_of_the_caller), cmocka_unit_test(a_redirect_names_where_to),
		cmocka_unit_test(an_empty_rate_limit_is_a_throttle),  cmocka_unit_test(what_a_server_echoes_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
