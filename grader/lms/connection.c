#include "lms/connection.h"

#include "lms/config.h"
#include "lms/http.h"
#include "lms/message.h"
#include "lms/when.h"

#include "base/arena.h"
#include "base/diag.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

bool connection_open(struct connection *connection, const struct target *target, struct arena *arena,
                     struct diags *diags)
{
	*connection = (struct connection){.target = target, .arena = arena};
	connection->token.scopes = &connection->scopes;
	struct http_settings settings = {target->ca_file, target->proxy, target->proxy_ca_file, target->timeout_ms};
	if (target->backend->secret == SECRET_KEY && (connection->key = key_read(&target->secret, diags)) == NULL)
		return false;
	connection->http = http_open(&settings, diags);
	if (connection->http == NULL)
		connection_close(connection);
	return connection->http != NULL;
}

void connection_close(struct connection *connection)
{
	http_close(connection->http);
	key_free(connection->key);
	secret_release(&connection->token.value);
	text_release(&connection->scopes);
	*connection = (struct connection){0};
}

/* The header has whole seconds and is rounded down: a little less is not a difference. */
static bool connection_differs(const struct connection *connection)
{
	return connection->skew_known && (connection->skew_ms < -2000 || connection->skew_ms > 2000);
}

int64_t connection_theirs(const struct connection *connection, int64_t ours_ms)
{
	return ours_ms + (connection_differs(connection) ? connection->skew_ms : 0);
}

int64_t connection_ours(const struct connection *connection, int64_t theirs_ms)
{
	return theirs_ms - (connection_differs(connection) ? connection->skew_ms : 0);
}

int64_t connection_now(const struct connection *connection)
{
	return connection_theirs(connection, http_now());
}

static void skew_note(struct connection *connection, const struct http_reply *reply)
{
	int64_t theirs;
	if (reply->outcome != HTTP_ANSWERED || !when_http(reply->date, &theirs))
		return;
	connection->skew_ms = theirs - reply->now_ms;
	connection->skew_known = true;
}

/* No secret of this connection leaves in a reason. */
static void reason_mask(const struct connection *connection, struct decision *decision)
{
	const struct secret *secrets[3] = {0};
	size_t count = 0;
	if (connection->token.value.bytes != NULL)
		secrets[count++] = &connection->token.value;
	if (connection->target->backend->secret != SECRET_KEY && connection->target->secret.bytes != NULL)
		secrets[count++] = &connection->target->secret;
	TEXT_AUTO masked = {0};
	secret_told(&masked, decision->reason, strlen(decision->reason), sizeof(decision->reason) - 8, secrets);
	snprintf(decision->reason, sizeof(decision->reason), "%s", text_string(&masked));
}

static struct decision broken(struct connection *connection, const char *reason)
{
	struct http_reply none = {0};
	(void)connection;
	return decision_of(ACT_STOP, &none, "%s", reason);
}

static struct decision token_fetch(struct connection *connection, bool *scope_refused)
{
	HTTP_REQUEST_AUTO request = {0};
	HTTP_REPLY_AUTO reply = {0};
	uint8_t unique[16];
	secret_release(&connection->token.value);
	if (getrandom(unique, sizeof(unique), 0) != (ssize_t)sizeof(unique) ||
	    !token_ask(connection->target, &connection->token, connection->key, unique, connection_now(connection) / 1000,
	               &request))
		return broken(connection, "libcrypto could not sign the assertion");
	http_exchange(connection->http, &request, &reply);
	skew_note(connection, &reply);
	struct decision decision = token_take(connection->target, &reply, &connection->token);
	*scope_refused = token_scope_refused(&reply);
	reason_mask(connection, &decision);
	return decision;
}

struct decision connection_token(struct connection *connection)
{
	struct http_reply none = {0};
	if (connection->target->backend->secret != SECRET_KEY || token_usable(&connection->token, http_now()))
		return decision_of(ACT_DONE, &none, "%s", "");
	bool first = !connection->skew_known;
	bool scope_refused;
	struct decision decision = token_fetch(connection, &scope_refused);
	if (scope_refused && !connection->token.wider) {
		connection->token.wider = true;
		struct decision wider = token_fetch(connection, &scope_refused);
		connection->token.wider = wider.act == ACT_DONE;
		if (wider.act == ACT_DONE)
			return wider;
	}
	/* The first answer tells the platform's time, by which the assertion may have been too old or too new. */
	if (decision.act == ACT_STOP && first && connection->skew_known && connection_differs(connection))
		decision = token_fetch(connection, &scope_refused);
	return decision;
}

static void bearer_add(const struct connection *connection, struct http_request *request)
{
	const struct secret *secret =
		connection->target->backend->secret == SECRET_KEY ? &connection->token.value : &connection->target->secret;
	if (!connection->target->backend->bearer || secret->bytes == NULL)
		return;
	char *value = malloc(secret->length + 8);
	if (value == NULL)
		abort();
	snprintf(value, secret->length + 8, "Bearer %s", secret->bytes);
	http_request_header(request, "Authorization", value);
	explicit_bzero(value, secret->length + 7);
	free(value);
}

/* After a second 401. */
static struct decision unauthorised(const struct connection *connection, const struct decision *decision)
{
	struct http_reply reply = {.outcome = HTTP_ANSWERED, .status = decision->status};
	if (connection->target->backend->secret == SECRET_KEY)
		return decision_of(ACT_STOP, &reply,
		                   "%.200s; a new token changes nothing: is a scope or the deployment missing?",
		                   decision->reason);
	return decision_of(ACT_STOP, &reply, "%.200s; has the token expired, or been revoked?", decision->reason);
}

/* Whether one new token may help: the first 401 of a call. */
static bool token_again(struct connection *connection, const struct decision *decision, bool *tried)
{
	if (decision->act != ACT_TOKEN || *tried || connection->target->backend->secret != SECRET_KEY)
		return false;
	*tried = true;
	secret_release(&connection->token.value);
	return true;
}

static struct decision read_one(struct connection *connection, struct reading *reading, struct column *column)
{
	const struct backend *backend = connection->target->backend;
	HTTP_REQUEST_AUTO request = {0};
	HTTP_REPLY_AUTO reply = {0};
	struct decision decision;
	bool tried = false;
	do {
		decision = connection_token(connection);
		if (decision.act != ACT_DONE)
			return decision;
		if (!backend->ask(connection->target, reading, &request)) {
			reading->end = true;
			return decision;
		}
		bearer_add(connection, &request);
		http_exchange(connection->http, &request, &reply);
		connection->requests++;
		skew_note(connection, &reply);
		decision = decide_read(&reply);
	} while (token_again(connection, &decision, &tried));
	if (decision.act == ACT_TOKEN)
		decision = unauthorised(connection, &decision);
	if (decision.act == ACT_DONE)
		decision = backend->take(connection->target, reading, &reply, column);
	reason_mask(connection, &decision);
	return decision;
}

struct decision connection_read(struct connection *connection, enum purpose purpose, const char *user,
                                struct column *column)
{
	struct reading reading = {.purpose = purpose, .user = user};
	struct decision decision = {.act = ACT_DONE};
	if (purpose == PURPOSE_VALUES)
		column_clear(column);
	for (unsigned i = 0; !reading.end; i++) {
		if (i == READING_REQUESTS)
			return broken(connection, "the platform's list has no end");
		decision = read_one(connection, &reading, column);
		if (decision.act != ACT_DONE)
			return decision;
	}
	if (purpose != PURPOSE_MEMBERS)
		return decision;
	column_members_index(column);
	if (connection->target->backend->reads)
		column->members_known = column->members_known || column->member_count > 0;
	return decision;
}

struct decision connection_write(struct connection *connection, const struct score *score)
{
	const struct backend *backend = connection->target->backend;
	HTTP_REQUEST_AUTO request = {0};
	HTTP_REPLY_AUTO reply = {0};
	struct decision decision;
	bool tried = false;
	do {
		decision = connection_token(connection);
		/* Nothing of the score has been sent. */
		if (decision.act != ACT_DONE)
			return decision;
		backend->write(connection->target, score, &request);
		bearer_add(connection, &request);
		http_exchange(connection->http, &request, &reply);
		skew_note(connection, &reply);
		decision = backend->written(connection->target, &reply);
	} while (token_again(connection, &decision, &tried));
	if (decision.act == ACT_TOKEN)
		decision = unauthorised(connection, &decision);
	reason_mask(connection, &decision);
	return decision;
}

struct decision connection_touch(struct connection *connection)
{
	HTTP_REQUEST_AUTO request = {0};
	HTTP_REPLY_AUTO reply = {0};
	const struct target *target = connection->target;
	http_request_begin(&request, HTTP_GET, target->url != NULL ? target->url : target->token_url);
	http_exchange(connection->http, &request, &reply);
	skew_note(connection, &reply);
	/* Whatever it says: a site's first page may well redirect. */
	if (reply.outcome == HTTP_ANSWERED)
		return decision_of(ACT_DONE, &reply, "%s", "");
	return decide_read(&reply);
}
