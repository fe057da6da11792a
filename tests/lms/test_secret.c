/* Secrets, keys, assertions, signatures, the configuration. */
#include "base/arena.h"
#include "base/base64.h"
#include "base/diag.h"
#include "base/text.h"
#include "lms/backend.h"
#include "lms/config.h"
#include "lms/jwt.h"
#include "lms/message.h"
#include "lms/token.h"
#include "lms/webhook.h"

#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct stage {
	struct arena *arena;
	struct diags diags;
};

static struct stage stage(void)
{
	struct stage stage = {.arena = arena_create()};
	diags_init(&stage.diags, stage.arena);
	return stage;
}

static const char *first_error(const struct stage *stage)
{
	return stage->diags.count > 0 ? stage->diags.list[0].message : "";
}

static void a_secret_file_is_for_its_owner_only(void **state)
{
	(void)state;
	struct stage at = stage();
	char path[] = "/tmp/grader-secret-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, "s3cret-value\r\n", 14) == 14);
	struct secret secret = {0};
	static const mode_t bad[] = {0640, 0604, 0660, 0601};
	for (size_t i = 0; i < 4; i++) {
		fchmod(fd, bad[i]);
		diags_init(&at.diags, at.arena);
		assert_false(secret_from_file(&secret, path, &at.diags));
		assert_non_null(strstr(first_error(&at), "chmod 600"));
	}
	fchmod(fd, 0400);
	diags_init(&at.diags, at.arena);
	assert_true(secret_from_file(&secret, path, &at.diags));
	assert_string_equal(secret.bytes, "s3cret-value");
	secret_release(&secret);
	assert_null(secret.bytes);
	close(fd);
	unlink(path);
	arena_destroy(at.arena);
}

static void a_variable_is_taken_out_of_the_environment(void **state)
{
	(void)state;
	struct stage at = stage();
	struct secret secret = {0};
	setenv("GRADER_TEST_TOKEN", "abc", 1);
	assert_true(secret_from_environment(&secret, "GRADER_TEST_TOKEN", &at.diags));
	assert_string_equal(secret.bytes, "abc");
	assert_null(getenv("GRADER_TEST_TOKEN"));
	assert_false(secret_from_environment(&secret, "GRADER_TEST_TOKEN", &at.diags));
	secret_release(&secret);
	arena_destroy(at.arena);
}

static void what_a_server_says_is_told_without_secrets(void **state)
{
	(void)state;
	static char token[] = "tok-1234567890";
	const struct secret known = {token, sizeof(token) - 1};
	const struct secret *secrets[] = {&known, NULL};
	static const char said[] = "bad tok-1234567890 and wstoken=abcdef0123456789 Bearer AbCdEf012345.67\x1b[2J end";
	TEXT_AUTO out = {0};
	secret_told(&out, said, sizeof(said) - 1, 300, secrets);
	assert_null(strstr(text_string(&out), "1234567890"));
	assert_null(strstr(text_string(&out), "abcdef0123456789"));
	assert_null(strstr(text_string(&out), "AbCdEf012345"));
	assert_null(strchr(text_string(&out), 0x1b));
	assert_non_null(strstr(text_string(&out), "end"));
	text_release(&out);
	secret_told(&out, "the bearer token is missing", 27, 300, secrets);
	assert_string_equal(text_string(&out), "the bearer token is missing");
}

static void base64url_has_no_padding_and_no_reserved_characters(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	base64url(&out, "\xfb\xff\xfe\x01", 4);
	assert_string_equal(text_string(&out), "-__-AQ");
}

static json_t *part_read(const char *at, size_t length)
{
	TEXT_AUTO plain = {0};
	TEXT_AUTO bytes = {0};
	for (size_t i = 0; i < length; i++)
		text_add(&plain, at[i] == '-' ? "+" : at[i] == '_' ? "/" : &at[i], 1);
	while (plain.length % 4 != 0)
		text_puts(&plain, "=");
	assert_true(base64_decode(&bytes, text_string(&plain), plain.length));
	return json_loadb(text_string(&bytes), bytes.length, 0, NULL);
}

static void an_assertion_has_the_claims_and_a_signature_that_verifies(void **state)
{
	(void)state;
	struct stage at = stage();
	struct secret pem = {0};
	assert_true(key_generate(&pem, &at.diags));
	EVP_PKEY *key = key_read(&pem, &at.diags);
	assert_non_null(key);
	assert_int_equal(EVP_PKEY_get_bits(key), KEY_BITS);
	TEXT_AUTO jwt = {0};
	struct assertion assertion = {"k1", "me", "me", "https://lms/token", NULL, "id1", 1000000};
	assert_true(jwt_sign(key, &assertion, &jwt));
	const char *dot = strchr(jwt.bytes, '.');
	const char *last = strrchr(jwt.bytes, '.');
	json_t *header = part_read(jwt.bytes, (size_t)(dot - jwt.bytes));
	json_t *claims = part_read(dot + 1, (size_t)(last - dot - 1));
	assert_string_equal(json_string_value(json_object_get(header, "alg")), "RS256");
	assert_string_equal(json_string_value(json_object_get(header, "kid")), "k1");
	assert_string_equal(json_string_value(json_object_get(claims, "iss")), "me");
	assert_string_equal(json_string_value(json_object_get(claims, "sub")), "me");
	assert_int_equal(json_integer_value(json_object_get(claims, "iat")), 1000000 - 10);
	assert_int_equal(json_integer_value(json_object_get(claims, "exp")), 1000000 + 60);
	json_decref(header);
	json_decref(claims);
	key_free(key);
	secret_release(&pem);
	arena_destroy(at.arena);
}

static void a_key_that_is_short_or_none_is_refused(void **state)
{
	(void)state;
	struct stage at = stage();
	struct secret pem = {0};
	assert_true(secret_set(&pem, "-----BEGIN RSA PRIVATE KEY-----\nno\n", 36));
	assert_null(key_read(&pem, &at.diags));
	secret_release(&pem);
	arena_destroy(at.arena);
}

static void the_public_half_shows_nothing_private(void **state)
{
	(void)state;
	struct stage at = stage();
	struct secret pem = {0};
	assert_true(key_generate(&pem, &at.diags));
	EVP_PKEY *key = key_read(&pem, &at.diags);
	TEXT_AUTO out = {0};
	key_jwks(key, NULL, &out);
	json_t *root = json_loadb(text_string(&out), out.length, 0, NULL);
	const json_t *one = json_array_get(json_object_get(root, "keys"), 0);
	static const char *const private_members[] = {"d", "p", "q", "dp", "dq", "qi", "k"};
	for (size_t i = 0; i < sizeof(private_members) / sizeof(private_members[0]); i++)
		assert_null(json_object_get(one, private_members[i]));
	assert_string_equal(json_string_value(json_object_get(one, "e")), "AQAB");
	assert_int_equal(strlen(json_string_value(json_object_get(one, "kid"))), 43);
	json_decref(root);
	text_release(&out);
	key_public_pem(key, &out);
	assert_non_null(strstr(text_string(&out), "BEGIN PUBLIC KEY"));
	assert_null(strstr(text_string(&out), "PRIVATE"));
	key_free(key);
	secret_release(&pem);
	arena_destroy(at.arena);
}

static struct decision token_answer(int status, const char *body, struct token *token)
{
	HTTP_REPLY_AUTO reply = {.outcome = HTTP_ANSWERED, .status = status, .now_ms = 1000};
	text_puts(&reply.body, body);
	return token_take(NULL, &reply, token);
}

static void a_token_is_kept_until_a_minute_before_its_end(void **state)
{
	(void)state;
	TEXT_AUTO scopes = {0};
	struct token token = {.scopes = &scopes};
	static const char good[] = "{\"access_token\":\"t\",\"token_type\":\"bearer\",\"expires_in\":3600,"
							   "\"scope\":\"https://purl.imsglobal.org/spec/lti-ags/scope/score\"}";
	assert_int_equal(token_answer(200, good, &token).act, ACT_DONE);
	assert_true(token_usable(&token, 1000 + 3539 * 1000));
	assert_false(token_usable(&token, 1000 + 3541 * 1000));
	secret_release(&token.value);
	assert_false(token_usable(&token, 1000));
}

static void a_token_without_the_scope_or_of_another_kind_is_refused(void **state)
{
	(void)state;
	struct token token = {0};
	assert_int_equal(token_answer(200, "{\"access_token\":\"t\",\"scope\":\"x\"}", &token).act, ACT_STOP);
	assert_int_equal(token_answer(200, "{\"access_token\":\"t\",\"token_type\":\"mac\"}", &token).act, ACT_STOP);
	assert_int_equal(token_answer(200, "{\"access_token\":\"a\\r\\nX: y\"}", &token).act, ACT_STOP);
	assert_int_equal(token_answer(200, "{}", &token).act, ACT_STOP);
	assert_int_equal(token_answer(400, "{\"error\":\"invalid_client\"}", &token).act, ACT_STOP);
	assert_int_equal(token_answer(401, "{\"error\":\"invalid_client\"}", &token).act, ACT_STOP);
	assert_int_equal(token_answer(503, "", &token).act, ACT_WAIT);
	assert_null(token.value.bytes);
	/* A platform that does not say what it granted. */
	assert_int_equal(token_answer(200, "{\"access_token\":\"t\",\"token_type\":\"Bearer\"}", &token).act, ACT_DONE);
	secret_release(&token.value);
}

/* The example of the Standard Webhooks specification. */
static void a_webhook_is_signed_as_the_standard_says(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	static const char body[] = "{\"test\": 2432232314}";
	assert_true(webhook_sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body,
	                         sizeof(body) - 1, &out));
	assert_string_equal(text_string(&out), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	text_release(&out);
	assert_true(webhook_sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", "m", 1,
	                         body, 1, &out));
	assert_non_null(strstr(text_string(&out), " v1,"));
	assert_false(webhook_sign("whsec_c2hvcnQ=", "m", 1, body, 1, &out));
	assert_false(webhook_sign("", "m", 1, body, 1, &out));
}

static bool config(struct stage *at, const char *json, struct target **targets)
{
	size_t count;
	diags_init(&at->diags, at->arena);
	return config_read(json, strlen(json), "lms.json", "/etc/x", targets, &count, at->arena, &at->diags);
}

static void a_target_is_read(void **state)
{
	(void)state;
	struct stage at = stage();
	struct target *targets;
	assert_true(config(&at,
	                   "{\"targets\": {\"c\": {\"backend\": \"canvas\", \"column\": \"echo\", \"url\": \"https://h\","
	                   "\"course\": 12, \"assignment\": \"sis_assignment_id:a\", \"token_file\": \"t\"}}}",
	                   &targets));
	assert_ptr_equal(targets[0].backend, &backend_canvas);
	assert_string_equal(targets[0].course, "12");
	assert_string_equal(targets[0].token_file, "/etc/x/t");
	arena_destroy(at.arena);
}

static void a_bad_configuration_is_refused_with_the_reason(void **state)
{
	(void)state;
	struct stage at = stage();
	struct target *targets;
#define HEAD "{\"targets\": {\"c\": {\"backend\": \"canvas\", \"column\": \"e\", \"course\": 1, \"assignment\": 2"
	static const struct {
		const char *json, *reason;
	} lines[] = {
		{"{", ""},
		{"[]", "targets"},
		{"{\"targets\": {}}", "targets"},
		{"{\"targets\": {\"c\": {\"backend\": \"blackboard\"}}}", "ags, moodle, canvas or webhook"},
		{HEAD ", \"url\": \"https://h\", \"token\": \"abc\"}}}", "never stands in this file"},
		{HEAD ", \"url\": \"https://h\", \"tokenfile\": \"abc\"}}}", "did you mean token_file"},
		{HEAD ", \"url\": \"http://h\", \"token_env\": \"T\"}}}", "https only"},
		{HEAD ", \"url\": \"https://u:p@h\", \"token_env\": \"T\"}}}", "password"},
		{HEAD ", \"url\": \"https://h\"}}}", "exactly one of token_env or token_file"},
		{HEAD ", \"url\": \"https://h\", \"token_env\": \"T\", \"token_file\": \"f\"}}}", "exactly one"},
		{HEAD ", \"url\": \"https://h\", \"key_file\": \"f\"}}}", "exactly one"},
		{HEAD ", \"token_env\": \"T\"}}}", "needs \"url\""},
		{HEAD ", \"url\": \"https://h\", \"token_env\": \"T\", \"timeout_ms\": 0}}}", "milliseconds"},
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (config(&at, lines[i].json, &targets) || strstr(first_error(&at), lines[i].reason) == NULL)
			fail_msg("%s: %s", lines[i].json, first_error(&at));
		assert_null(strstr(first_error(&at), "abc"));
	}
	arena_destroy(at.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_file_is_for_its_owner_only),
		cmocka_unit_test(a_variable_is_taken_out_of_the_environment),
		cmocka_unit_test(what_a_server_says_is_told_without_secrets),
		cmocka_unit_test(base64url_has_no_padding_and_no_reserved_characters),
		cmocka_unit_test(an_assertion_has_the_claims_and_a_signature_that_verifies),
		cmocka_unit_test(a_key_that_is_short_or_none_is_refused),
		cmocka_unit_test(the_public_half_shows_nothing_private),
		cmocka_unit_test(a_token_is_kept_until_a_minute_before_its_end),
		cmocka_unit_test(a_token_without_the_scope_or_of_another_kind_is_refused),
		cmocka_unit_test(a_webhook_is_signed_as_the_standard_says),
		cmocka_unit_test(a_target_is_read),
		cmocka_unit_test(a_bad_configuration_is_refused_with_the_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
