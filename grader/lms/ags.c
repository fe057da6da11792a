/* LTI Advantage: Assignment and Grade Services 2.0, Names and Role Provisioning Services 2.0 (1EdTech). */
#include "lms/backend.h"

#include "lms/config.h"
#include "lms/link.h"
#include "lms/message.h"
#include "lms/url.h"
#include "lms/when.h"

#include "base/arena.h"
#include "base/json.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MEDIA_ITEMS "application/vnd.ims.lis.v2.lineitemcontainer+json"
#define MEDIA_RESULTS "application/vnd.ims.lis.v2.resultcontainer+json"
#define MEDIA_SCORE "application/vnd.ims.lis.v1.score+json"
#define MEDIA_MEMBERS "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
#define CANVAS_EXTENSION "https://canvas.instructure.com/lti/submission"

static const char *const needs[] = {"column", "token_url", "client_id", "lineitem", "lineitems", NULL};

static bool is_canvas(const struct target *target)
{
	return target->platform != NULL && strcmp(target->platform, "canvas") == 0;
}

/* The address of the reading's next request; false: it needs none. */
static bool address_add(const struct target *target, const struct reading *reading, struct text *url)
{
	if (reading->next != NULL) {
		text_puts(url, reading->next);
		return true;
	}
	switch (reading->purpose) {
	case PURPOSE_CHECK:
		text_puts(url, target->lineitems);
		break;
	case PURPOSE_MEMBERS:
		if (target->memberships == NULL)
			return false;
		text_puts(url, target->memberships);
		break;
	case PURPOSE_VALUES:
	case PURPOSE_VALUE:
		url_add_path(url, target->lineitem, "/results");
		if (reading->user != NULL)
			url_add_query(url, "user_id", reading->user);
		break;
	}
	return true;
}

static bool ags_ask(const struct target *target, const struct reading *reading, struct http_request *request)
{
	static const char *const accepts[] = {[PURPOSE_CHECK] = MEDIA_ITEMS,
	                                      [PURPOSE_MEMBERS] = MEDIA_MEMBERS,
	                                      [PURPOSE_VALUES] = MEDIA_RESULTS,
	                                      [PURPOSE_VALUE] = MEDIA_RESULTS};
	TEXT_AUTO url = {0};
	if (!address_add(target, reading, &url))
		return false;
	http_request_begin(request, HTTP_GET, text_string(&url));
	http_request_header(request, "Accept", accepts[reading->purpose]);
	return true;
}

/* A number, or one that is written as a string. */
static bool number_read(const json_t *value, double *number)
{
	const char *string = json_string_value(value);
	char *end;
	*number = string != NULL ? strtod(string, &end) : json_number_value(value);
	return json_is_number(value) || (string != NULL && end != string && *end == '\0' && isfinite(*number));
}

static void items_take(const struct target *target, const json_t *root, struct column *column)
{
	for (size_t i = 0; i < json_array_size(root); i++) {
		const json_t *item = json_array_get(root, i);
		const char *id = json_string_value(json_object_get(item, "id"));
		if (id == NULL || !url_same_resource(id, target->lineitem))
			continue;
		const char *label = json_string_value(json_object_get(item, "label"));
		column->found = true;
		column->label = arena_string(column->arena, label != NULL ? label : "");
		number_read(json_object_get(item, "scoreMaximum"), &column->maximum);
	}
}

/* A string, or a number where a platform's own numbers are not made into strings; NULL: neither, or "". */
static const char *identifier(struct column *column, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	const char *string = json_string_value(value);
	if (json_is_integer(value))
		return arena_printf(column->arena, "%lld", (long long)json_integer_value(value));
	return string != NULL && *string != '\0' ? arena_string(column->arena, string) : NULL;
}

static void results_take(const struct target *target, const json_t *root, struct column *column)
{
	for (size_t i = 0; i < json_array_size(root); i++) {
		const json_t *result = json_array_get(root, i);
		const char *user = identifier(column, result, "userId");
		struct lms_value *value = user != NULL ? column_value(column, user) : NULL;
		if (value == NULL)
			continue;
		const char *by = json_string_value(json_object_get(result, "scoringUserId"));
		const char *at = json_string_value(json_object_get(result, "timestamp"));
		value->there = number_read(json_object_get(result, "resultScore"), &value->points);
		if (!number_read(json_object_get(result, "resultMaximum"), &value->maximum))
			value->maximum = 1;
		value->grader = value->there ? GRADER_UNKNOWN : GRADER_NOBODY;
		value->by = by != NULL ? arena_string(column->arena, by) : NULL;
		/* Canvas appends comments to the submission and shows none here. */
		if (!is_canvas(target))
			value_comment(column, value, json_string_value(json_object_get(result, "comment")));
		if (at == NULL || !when_read(at, &value->at_ms))
			value->at_ms = 0;
	}
}

/* "Learner", or a URI that ends in "#Learner". */
static bool is_learner(const json_t *roles)
{
	for (size_t i = 0; i < json_array_size(roles); i++) {
		const char *role = json_string_value(json_array_get(roles, i));
		const char *hash = role != NULL ? strrchr(role, '#') : NULL;
		if (role != NULL && strcmp(hash != NULL ? hash + 1 : role, "Learner") == 0)
			return true;
	}
	return false;
}

static void members_take(const json_t *root, struct column *column)
{
	const json_t *members = json_object_get(root, "members");
	for (size_t i = 0; i < json_array_size(members); i++) {
		const json_t *object = json_array_get(members, i);
		const char *status = json_string_value(json_object_get(object, "status"));
		struct lms_member *member = column_member(column);
		if (member == NULL)
			return;
		member->user = identifier(column, object, "user_id");
		member->sis_id = identifier(column, object, "lis_person_sourcedid");
		member->email = identifier(column, object, "email");
		member->name = identifier(column, object, "name");
		member->login = identifier(column, object, "ext_user_username");
		member->student =
			is_learner(json_object_get(object, "roles")) && (status == NULL || strcasecmp(status, "Active") == 0);
	}
}

/* Whether there is one more page; its address must be where the token belongs. */
static struct decision page_next(const struct target *target, struct reading *reading, const struct http_reply *reply,
                                 struct column *column)
{
	TEXT_AUTO asked = {0};
	TEXT_AUTO next = {0};
	address_add(target, reading, &asked);
	reading->end = !link_next(reply->link, text_string(&asked), &next);
	if (reading->end)
		return decision_of(ACT_DONE, reply, "%s", "");
	if (!url_same_origin(text_string(&next), target->lineitem))
		return decision_of(ACT_STOP, reply, "the next page is on another host (%.100s); the token does not go there",
		                   text_string(&next));
	reading->next = arena_string(column->arena, text_string(&next));
	return decision_of(ACT_DONE, reply, "%s", "");
}

static struct decision ags_take(const struct target *target, struct reading *reading, const struct http_reply *reply,
                                struct column *column)
{
	bool nothing = reply->body.length == 0 && reply->status == 204;
	json_t *root = nothing ? json_array() : json_loadb(text_string(&reply->body), reply->body.length, 0, NULL);
	bool wanted = reading->purpose == PURPOSE_MEMBERS ? json_is_object(root) : json_is_array(root);
	if (!wanted) {
		json_decref(root);
		return decision_of(ACT_STOP, reply, "%s", "the answer is not the JSON that AGS describes");
	}
	switch (reading->purpose) {
	case PURPOSE_CHECK:
		items_take(target, root, column);
		break;
	case PURPOSE_MEMBERS:
		members_take(root, column);
		break;
	case PURPOSE_VALUES:
	case PURPOSE_VALUE:
		results_take(target, root, column);
		break;
	}
	json_decref(root);
	struct decision decision = page_next(target, reading, reply, column);
	if (decision.act == ACT_DONE && reading->end && reading->purpose == PURPOSE_CHECK && !column->found)
		return decision_of(ACT_STOP, reply, "%s", "the line item is not among those that the platform shows this tool");
	return decision;
}

static void ags_write(const struct target *target, const struct score *score, struct http_request *request)
{
	TEXT_AUTO url = {0};
	char stamp[WHEN_BYTES];
	url_add_path(&url, target->lineitem, "/scores");
	http_request_begin(request, HTTP_POST, text_string(&url));
	http_request_header(request, "Content-Type", MEDIA_SCORE);
	struct json json = {.out = &request->body};
	json_add_object(&json, NULL);
	json_add_string(&json, "userId", score->user);
	json_add_number(&json, "scoreGiven", score->points);
	json_add_number(&json, "scoreMaximum", score->max_points);
	if (score->comment != NULL)
		json_add_string(&json, "comment", score->comment);
	json_add_string(&json, "activityProgress", "Completed");
	json_add_string(&json, "gradingProgress", "FullyGraded");
	json_add_string(&json, "timestamp", when_write(score->stamp_ms, stamp));
	if (is_canvas(target)) {
		json_add_object(&json, CANVAS_EXTENSION);
		json_add_boolean(&json, "new_submission", false);
		json_add_boolean(&json, "prioritize_non_tool_grade", !score->forced);
		json_end_object(&json);
	}
	json_end_object(&json);
}

static struct decision ags_written(const struct target *target, const struct http_reply *reply)
{
	(void)target;
	const char *body = text_string(&reply->body);
	/* What Canvas and Open edX say where others answer 409. */
	if (reply->outcome == HTTP_ANSWERED && reply->status == 400 &&
	    (strcasestr(body, "before last updated timestamp") != NULL ||
	     strcasestr(body, "already exists for the provided timestamp") != NULL))
		return decision_of(ACT_OUTDATED, reply, "%s", "the platform has a newer stamp (400)");
	struct decision decision = decide_write(reply);
	/* Some answer so for a user whom they do not know. */
	if (decision.act == ACT_STOP && reply->outcome == HTTP_ANSWERED && reply->status == 404)
		decision.act = ACT_ABSENT;
	/* Its advice about locks is for people who look for them. */
	if (decision.act == ACT_FAULT)
		decision =
			decision_of(ACT_FAULT, reply, "the server failed (%d); is the grade or the column locked?", reply->status);
	return decision;
}

const struct backend backend_ags = {
	.name = "ags",
	.secret = SECRET_KEY,
	.needs = needs,
	.reads = true,
	.stamps = true,
	.bearer = true,
	.ask = ags_ask,
	.take = ags_take,
	.write = ags_write,
	.written = ags_written,
};
