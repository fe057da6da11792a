#include "lms/decide.h"

#include "lms/message.h"
#include "lms/schedule.h"
#include "lms/secret.h"

#include "base/text.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

NAMES_DEFINE(act, ACTS)

enum { WORDS_MOST = 160 };

struct decision decision_of(enum act act, const struct http_reply *reply, const char *format, ...)
{
	struct decision decision = {.act = act, .status = reply->outcome == HTTP_ANSWERED ? reply->status : 0};
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(decision.reason, sizeof(decision.reason), format, arguments);
	va_end(arguments);
	return decision;
}

/* The first text in an error envelope: {"error": …}, {"message": …}, {"errors": [{"message": …}]}, nested or not. */
static const char *envelope_words(const json_t *value, unsigned depth)
{
	static const char *const keys[] = {"error_description", "message", "error", "errors", "errorcode", NULL};
	if (json_is_string(value))
		return json_string_value(value);
	if (depth == 0)
		return NULL;
	if (json_is_array(value))
		return envelope_words(json_array_get(value, 0), depth - 1);
	for (const char *const *key = keys; *key != NULL; key++) {
		const char *words = envelope_words(json_object_get(value, *key), depth - 1);
		if (words != NULL)
			return words;
	}
	return NULL;
}

void reply_words(const struct http_reply *reply, struct text *out)
{
	static const struct secret *const none[] = {NULL};
	json_t *root = json_loadb(text_string(&reply->body), reply->body.length, 0, NULL);
	const char *words = envelope_words(root, 4);
	if (words == NULL && reply->body.length > 0 && root == NULL && !http_reply_is_page(reply))
		words = text_string(&reply->body);
	if (words == NULL || *words == '\0')
		words = reply->reason;
	secret_told(out, words, strlen(words), WORDS_MOST, none);
	json_decref(root);
}

/* An error envelope, whatever the status says. */
static bool reply_is_error(const struct http_reply *reply)
{
	json_t *root = json_loadb(text_string(&reply->body), reply->body.length, 0, NULL);
	const json_t *errors = json_object_get(root, "errors");
	bool is = json_is_string(json_object_get(root, "error")) || json_object_size(json_object_get(root, "error")) > 0 ||
	          json_array_size(errors) > 0 || json_object_size(errors) > 0 ||
	          json_is_string(json_object_get(root, "exception")) || json_is_string(json_object_get(root, "errorcode"));
	json_decref(root);
	return is;
}

static struct decision transport(const struct http_reply *reply, bool write)
{
	switch (reply->outcome) {
	case HTTP_NOT_SENT:
		return decision_of(ACT_AGAIN, reply, "no connection: %s", reply->reason);
	case HTTP_CERTIFICATE:
		return decision_of(ACT_STOP, reply, "the server's certificate is refused: %s", reply->reason);
	case HTTP_BAD_ADDRESS:
		return decision_of(ACT_STOP, reply, "the address cannot be used: %s", reply->reason);
	case HTTP_TOO_LARGE:
	case HTTP_NO_ANSWER:
		return decision_of(write ? ACT_UNKNOWN : ACT_AGAIN, reply, "%s", reply->reason);
	case HTTP_ANSWERED:
		break;
	}
	return decision_of(ACT_DONE, reply, "%s", "");
}

static struct decision wait_asked(const struct http_reply *reply)
{
	struct decision decision = decision_of(ACT_WAIT, reply, "the server asks to wait (status %d)", reply->status);
	int64_t asked = schedule_retry_after(reply->retry_after, reply->now_ms);
	decision.wait_ms = asked > 0 ? asked : 0;
	return decision;
}

/* What does not depend on reading or writing.  ACT_DONE: nothing of that. */
static struct decision refusal(const struct http_reply *reply, const char *words)
{
	int status = reply->status;
	if (status == 429 || status == 503 || status == 408 || status == 425)
		return wait_asked(reply);
	if (status == 403 && (strcasestr(text_string(&reply->body), "Rate Limit Exceeded") != NULL ||
	                      (reply->rate_remaining[0] != '\0' && strtod(reply->rate_remaining, NULL) <= 0)))
		return wait_asked(reply);
	if (status >= 300 && status < 400)
		return decision_of(ACT_STOP, reply, "the address is wrong: the server redirects (%d) to %.200s", status,
		                   reply->location[0] != '\0' ? reply->location : "nowhere");
	if (status == 401)
		return decision_of(ACT_TOKEN, reply, "not authorised (401): %s", words);
	return decision_of(ACT_DONE, reply, "%s", "");
}

struct decision decide_write(const struct http_reply *reply)
{
	int status = reply->status;
	TEXT_AUTO said = {0};
	if (reply->outcome != HTTP_ANSWERED)
		return transport(reply, true);
	reply_words(reply, &said);
	const char *words = text_string(&said);
	struct decision decision = refusal(reply, words);
	if (decision.act != ACT_DONE)
		return decision;
	if (status >= 200 && status < 300) {
		if (http_reply_is_page(reply))
			return decision_of(ACT_UNKNOWN, reply, "status %d with a page for people (a login page or a portal?)",
			                   status);
		if (reply_is_error(reply))
			return decision_of(ACT_UNKNOWN, reply, "status %d with an error in it: %s", status, words);
		decision = decision_of(ACT_CONFIRM, reply, "%s", "");
		decision.applied = status != 202;
		return decision;
	}
	if (status == 502 || status == 504)
		return decision_of(ACT_UNKNOWN, reply, "a gateway had no answer (%d)", status);
	if (status == 409)
		return decision_of(ACT_OUTDATED, reply, "conflict (409): %s", words);
	if (status >= 500)
		return decision_of(ACT_FAULT, reply, "the server failed (%d): %s", status, words);
	if (status == 404 || status == 410)
		return decision_of(ACT_STOP, reply, "the column's address does not exist (%d): %s", status, words);
	return decision_of(ACT_DEAD, reply, "refused (%d): %s", status, words);
}

struct decision decide_read(const struct http_reply *reply)
{
	int status = reply->status;
	TEXT_AUTO said = {0};
	if (reply->outcome != HTTP_ANSWERED)
		return transport(reply, false);
	reply_words(reply, &said);
	const char *words = text_string(&said);
	struct decision decision = refusal(reply, words);
	if (decision.act != ACT_DONE)
		return decision;
	/* 204 is an empty list; whether the others are what was asked for their bodies tell. */
	bool data = status == 200 || status == 201 || status == 203 || status == 204;
	if (data && http_reply_is_page(reply))
		return decision_of(ACT_STOP, reply, "%s", "a page for people came instead of data (a login page or a portal?)");
	if (data)
		return decision;
	if (status >= 500)
		return decision_of(ACT_AGAIN, reply, "the server failed (%d): %s", status, words);
	return decision_of(ACT_STOP, reply, "refused (%d): %s", status, words);
}
