#include "lms/token.h"

#include "lms/config.h"
#include "lms/jwt.h"
#include "lms/message.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool token_ask(const struct target *target, const struct token *token, EVP_PKEY *key, const uint8_t unique[static 16],
               int64_t now_s, struct http_request *request)
{
	char id[KEY_ID_BYTES], jti[33];
	for (size_t i = 0; i < 16; i++)
		snprintf(jti + 2 * i, 3, "%02x", unique[i]);
	key_id(key, id);
	struct assertion assertion = {
		.kid = target->kid != NULL ? target->kid : id,
		.issuer = target->issuer != NULL ? target->issuer : target->client_id,
		.subject = target->client_id,
		.audience = target->audience != NULL ? target->audience : target->token_url,
		.deployment = target->deployment_id,
		.id = jti,
		.now_s = now_s,
	};
	TEXT_AUTO signed_text = {0};
	if (!jwt_sign(key, &assertion, &signed_text))
		return false;
	http_request_begin(request, HTTP_POST, target->token_url);
	/* Asking twice for a token changes nothing. */
	request->writes = false;
	http_request_header(request, "Accept", "application/json");
	http_request_form(request, "grant_type", "client_credentials");
	http_request_form(request, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	http_request_form(request, "client_assertion", text_string(&signed_text));
	bool members = target->memberships != NULL;
	http_request_form(request, "scope",
	                  token->wider ? (members ? SCOPES_AGS_WIDER " " SCOPE_NRPS : SCOPES_AGS_WIDER)
	                               : (members ? SCOPES_AGS " " SCOPE_NRPS : SCOPES_AGS));
	explicit_bzero(signed_text.bytes, signed_text.length);
	return true;
}

bool token_scope_refused(const struct http_reply *reply)
{
	if (reply->outcome != HTTP_ANSWERED || reply->status < 400 || reply->status >= 500)
		return false;
	json_t *root = json_loadb(text_string(&reply->body), reply->body.length, 0, NULL);
	const char *code = json_string_value(json_object_get(root, "error"));
	bool refused = code != NULL && strcmp(code, "invalid_scope") == 0;
	json_decref(root);
	return refused;
}

bool scope_granted(const char *scopes, const char *scope)
{
	size_t length = strlen(scope);
	for (const char *at = scopes; *at != '\0';) {
		size_t word = strcspn(at, " \t\r\n,");
		if (word == length && strncmp(at, scope, length) == 0)
			return true;
		at += word;
		at += strspn(at, " \t\r\n,");
	}
	return false;
}

static struct decision granted(const json_t *root, const struct http_reply *reply, struct token *token)
{
	const char *value = json_string_value(json_object_get(root, "access_token"));
	const char *type = json_string_value(json_object_get(root, "token_type"));
	const json_t *life = json_object_get(root, "expires_in");
	const char *scopes = json_string_value(json_object_get(root, "scope"));
	if (value == NULL || strlen(value) > TOKEN_BYTES || strpbrk(value, "\r\n ") != NULL)
		return decision_of(ACT_STOP, reply, "%s", "the token address answers without a usable access_token");
	if (type != NULL && strcasecmp(type, "bearer") != 0)
		return decision_of(ACT_STOP, reply, "the token is of type %.40s, not bearer", type);
	if (scopes != NULL && !scope_granted(scopes, SCOPE_AGS "score"))
		return decision_of(ACT_STOP, reply, "%s",
		                   "the platform does not grant this tool the scope …/lti-ags/scope/score");
	double seconds = json_is_number(life)   ? json_number_value(life)
	                 : json_is_string(life) ? strtod(json_string_value(life), NULL)
	                                        : TOKEN_LIFE_S;
	if (!(seconds >= 0 && seconds < 1e7))
		seconds = TOKEN_LIFE_S;
	secret_set(&token->value, value, strlen(value));
	token->until_ms = reply->now_ms + (int64_t)(seconds * 1000);
	if (token->scopes != NULL) {
		text_release(token->scopes);
		text_puts(token->scopes, scopes != NULL ? scopes : "");
	}
	return decision_of(ACT_DONE, reply, "%s", "");
}

struct decision token_take(const struct target *target, const struct http_reply *reply, struct token *token)
{
	(void)target;
	struct decision decision = decide_read(reply);
	/* Only the token address says 400 and 401 about the assertion itself. */
	if (decision.act == ACT_TOKEN ||
	    (decision.act == ACT_STOP && reply->outcome == HTTP_ANSWERED && reply->status >= 400)) {
		TEXT_AUTO words = {0};
		reply_words(reply, &words);
		json_t *root = json_loadb(text_string(&reply->body), reply->body.length, 0, NULL);
		const char *code = json_string_value(json_object_get(root, "error"));
		const char *said = text_string(&words);
		decision = decision_of(ACT_STOP, reply, "no token (%d): %.80s%s%s", reply->status, code != NULL ? code : "",
		                       code != NULL && strcmp(code, said) != 0 ? ": " : "",
		                       code == NULL || strcmp(code, said) != 0 ? said : "");
		json_decref(root);
	}
	if (decision.act != ACT_DONE)
		return decision;
	json_t *root = json_loadb(text_string(&reply->body), reply->body.length, 0, NULL);
	decision = granted(root, reply, token);
	json_decref(root);
	return decision;
}

bool token_usable(const struct token *token, int64_t now_ms)
{
	return token->value.bytes != NULL && now_ms < token->until_ms - TOKEN_EARLY_MS;
}
