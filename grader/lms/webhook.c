#include "lms/webhook.h"

#include "lms/backend.h"
#include "lms/config.h"
#include "lms/message.h"
#include "lms/when.h"

#include "base/base64.h"
#include "base/json.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

static const char *const needs[] = {"column", "url", NULL};

enum { WEBHOOK_KEY_LEAST = 24, WEBHOOK_KEY_MOST = 64, WEBHOOK_COMMENT = 8000 };

static bool sign_one(const char *secret, size_t length, const struct text *content, struct text *out)
{
	static const char prefix[] = "whsec_";
	TEXT_AUTO key = {.ceiling = 256};
	if (length > sizeof(prefix) - 1 && strncmp(secret, prefix, sizeof(prefix) - 1) == 0) {
		secret += sizeof(prefix) - 1;
		length -= sizeof(prefix) - 1;
	}
	bool good =
		base64_decode(&key, secret, length) && key.length >= WEBHOOK_KEY_LEAST && key.length <= WEBHOOK_KEY_MOST;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	good = good && HMAC(EVP_sha256(), key.bytes, (int)key.length, (const unsigned char *)text_string(content),
	                    content->length, digest, &size) != NULL;
	if (key.bytes != NULL)
		explicit_bzero(key.bytes, key.capacity);
	if (!good)
		return false;
	text_puts(out, out->length > 0 ? " v1," : "v1,");
	base64_encode(out, digest, size);
	return true;
}

bool webhook_sign(const char *secrets, const char *id, int64_t at_s, const void *body, size_t length, struct text *out)
{
	TEXT_AUTO content = {0};
	text_printf(&content, "%s.%" PRId64 ".", id, at_s);
	text_add(&content, body, length);
	bool any = false;
	for (const char *at = secrets + strspn(secrets, " \t\r\n"); *at != '\0';) {
		size_t word = strcspn(at, " \t\r\n");
		if (!sign_one(at, word, &content, out))
			return false;
		any = true;
		at += word;
		at += strspn(at, " \t\r\n");
	}
	return any;
}

/* Nothing can be asked of a receiver. */
static bool webhook_ask(const struct target *target, const struct reading *reading, struct http_request *request)
{
	(void)target;
	(void)reading;
	(void)request;
	return false;
}

static struct decision webhook_take(const struct target *target, struct reading *reading,
                                    const struct http_reply *reply, struct column *column)
{
	(void)target;
	(void)column;
	reading->end = true;
	return decision_of(ACT_DONE, reply, "%s", "");
}

static void body_write(const struct score *score, struct text *out)
{
	char stamp[WHEN_BYTES];
	struct json json = {.out = out};
	json_add_object(&json, NULL);
	json_add_string(&json, "type", "grade.published");
	json_add_string(&json, "timestamp", when_write(score->stamp_ms, stamp));
	json_add_object(&json, "data");
	json_add_string(&json, "assignment", score->assignment);
	json_add_string(&json, "student", score->student);
	json_add_string(&json, "user", score->user);
	json_add_number(&json, "points", score->points);
	json_add_number(&json, "max_points", score->max_points);
	if (score->comment != NULL)
		json_add_bytes(&json, "comment", score->comment, strnlen(score->comment, WEBHOOK_COMMENT));
	json_end_object(&json);
	json_end_object(&json);
}

static void webhook_write(const struct target *target, const struct score *score, struct http_request *request)
{
	char number[32], key[64];
	TEXT_AUTO signature = {0};
	http_request_begin(request, HTTP_POST, target->url);
	http_request_header(request, "Content-Type", "application/json");
	body_write(score, &request->body);
	int64_t at_s = score->now_ms / 1000;
	snprintf(number, sizeof(number), "%" PRId64, at_s);
	snprintf(key, sizeof(key), "\"%s\"", score->uuid);
	webhook_sign(target->secret.bytes != NULL ? target->secret.bytes : "", score->uuid, at_s,
	             text_string(&request->body), request->body.length, &signature);
	http_request_header(request, "webhook-id", score->uuid);
	http_request_header(request, "webhook-timestamp", number);
	http_request_header(request, "webhook-signature", text_string(&signature));
	http_request_header(request, "Idempotency-Key", key);
}

static struct decision webhook_written(const struct target *target, const struct http_reply *reply)
{
	(void)target;
	int status = reply->outcome == HTTP_ANSWERED ? reply->status : 0;
	/* The first request with this key is still at work. */
	if (status == 409)
		return decision_of(ACT_AGAIN, reply, "%s", "the receiver is still at work on it (409)");
	if (status == 401 || status == 403)
		return decision_of(ACT_STOP, reply, "the receiver refuses the signature (%d)", status);
	struct decision decision = decide_write(reply);
	if (decision.act == ACT_CONFIRM)
		decision.act = ACT_DONE;
	return decision;
}

const struct backend backend_webhook = {
	.name = "webhook",
	.secret = SECRET_SHARED,
	.needs = needs,
	.ask = webhook_ask,
	.take = webhook_take,
	.write = webhook_write,
	.written = webhook_written,
};
