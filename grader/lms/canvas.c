/* Canvas REST: submissions of one assignment. */
#include "lms/backend.h"

#include "lms/config.h"
#include "lms/link.h"
#include "lms/message.h"
#include "lms/url.h"
#include "lms/when.h"

#include "base/arena.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const needs[] = {"column", "url", "course", "assignment", NULL};

/* …/api/v1/courses/C, and …/assignments/A behind it. */
static void course_url(struct text *url, const struct target *target, bool assignment)
{
	TEXT_AUTO path = {0};
	text_puts(&path, "/api/v1/courses/");
	url_escape(&path, target->course);
	if (assignment) {
		text_puts(&path, "/assignments/");
		url_escape(&path, target->assignment);
	}
	url_add_path(url, target->url, text_string(&path));
}

static bool canvas_ask(const struct target *target, const struct reading *reading, struct http_request *request)
{
	TEXT_AUTO url = {0};
	switch (reading->purpose) {
	case PURPOSE_CHECK:
		if (reading->step == 0)
			url_add_path(&url, target->url, "/api/v1/users/self");
		else
			course_url(&url, target, true);
		break;
	case PURPOSE_MEMBERS:
		course_url(&url, target, false);
		text_puts(&url, "/users?enrollment_type[]=student&include[]=email&per_page=100");
		break;
	case PURPOSE_VALUES:
		course_url(&url, target, true);
		text_puts(&url, "/submissions?per_page=100&include[]=submission_comments");
		break;
	case PURPOSE_VALUE:
		course_url(&url, target, true);
		text_puts(&url, "/submissions/");
		url_escape(&url, reading->user);
		text_puts(&url, "?include[]=submission_comments");
		break;
	}
	http_request_begin(request, HTTP_GET, reading->next != NULL ? reading->next : text_string(&url));
	http_request_header(request, "Accept", "application/json");
	return true;
}

/* An id is a number, or, where JavaScript could not hold it, a string. */
static const char *id_kept(struct column *column, const json_t *object, const char *key)
{
	const json_t *id = json_object_get(object, key);
	if (json_is_integer(id))
		return arena_printf(column->arena, "%lld", (long long)json_integer_value(id));
	const char *string = json_string_value(id);
	return string != NULL && *string != '\0' ? arena_string(column->arena, string) : NULL;
}

static struct decision check_take(struct reading *reading, const json_t *root, const struct http_reply *reply,
                                  struct column *column)
{
	if (reading->step++ == 0) {
		column->self = id_kept(column, root, "id");
		return decision_of(ACT_DONE, reply, "%s", "");
	}
	const char *type = json_string_value(json_object_get(root, "grading_type"));
	const char *name = json_string_value(json_object_get(root, "name"));
	reading->end = true;
	column->found = true;
	column->label = arena_string(column->arena, name != NULL ? name : "");
	column->maximum = json_number_value(json_object_get(root, "points_possible"));
	if (type != NULL && strcmp(type, "points") != 0 && strcmp(type, "percent") != 0 &&
	    strcmp(type, "letter_grade") != 0 && strcmp(type, "gpa_scale") != 0)
		return decision_of(ACT_STOP, reply, "the assignment is graded by %.40s, which keeps no points", type);
	return decision_of(ACT_DONE, reply, "%s", "");
}

static void submission_take(const json_t *object, struct column *column)
{
	const char *user = id_kept(column, object, "user_id");
	struct lms_value *value = user != NULL ? column_value(column, user) : NULL;
	if (value == NULL)
		return;
	/* A late policy takes points off the score; the entered one is what was posted. */
	const json_t *entered = json_object_get(object, "entered_score");
	const json_t *points = json_is_number(entered) ? entered : json_object_get(object, "score");
	const json_t *comments = json_object_get(object, "submission_comments");
	const char *grader = id_kept(column, object, "grader_id");
	const char *at = json_string_value(json_object_get(object, "graded_at"));
	value->there = json_is_number(points);
	value->points = json_number_value(points);
	value->excused = json_is_true(json_object_get(object, "excused"));
	value->grader = !value->there                                               ? GRADER_NOBODY
	                : grader == NULL                                            ? GRADER_UNKNOWN
	                : column->self != NULL && strcmp(grader, column->self) == 0 ? GRADER_SELF
	                : *grader == '-'                                            ? GRADER_TOOL
	                                                                            : GRADER_PERSON;
	value->by = grader != NULL ? arena_printf(column->arena, "user %s", grader) : NULL;
	value->comments_known = json_is_array(comments);
	for (size_t i = 0; i < json_array_size(comments); i++)
		value_comment(column, value, json_string_value(json_object_get(json_array_get(comments, i), "comment")));
	if (at == NULL || !when_read(at, &value->at_ms))
		value->at_ms = 0;
}

static void member_take(const json_t *object, struct column *column)
{
	struct lms_member *member = column_member(column);
	if (member == NULL)
		return;
	member->user = id_kept(column, object, "id");
	member->login = id_kept(column, object, "login_id");
	member->sis_id = id_kept(column, object, "sis_user_id");
	member->email = id_kept(column, object, "email");
	member->name = id_kept(column, object, "name");
	member->student = true;
}

static struct decision list_take(const struct target *target, struct reading *reading, const json_t *root,
                                 const struct http_reply *reply, struct column *column)
{
	for (size_t i = 0; i < json_array_size(root); i++) {
		if (reading->purpose == PURPOSE_MEMBERS)
			member_take(json_array_get(root, i), column);
		else
			submission_take(json_array_get(root, i), column);
	}
	TEXT_AUTO next = {0};
	reading->end = !link_next(reply->link, reading->next != NULL ? reading->next : target->url, &next);
	if (!reading->end && !url_same_origin(text_string(&next), target->url))
		return decision_of(ACT_STOP, reply, "the next page is on another host (%.100s); the token does not go there",
		                   text_string(&next));
	if (!reading->end)
		reading->next = arena_string(column->arena, text_string(&next));
	return decision_of(ACT_DONE, reply, "%s", "");
}

static struct decision canvas_take(const struct target *target, struct reading *reading, const struct http_reply *reply,
                                   struct column *column)
{
	json_t *root = json_loadb(text_string(&reply->body), reply->body.length, 0, NULL);
	bool list = reading->purpose == PURPOSE_MEMBERS || reading->purpose == PURPOSE_VALUES;
	struct decision decision;
	if (list ? !json_is_array(root) : !json_is_object(root)) {
		decision = decision_of(ACT_STOP, reply, "%s", "the answer is not what Canvas's API describes");
	} else if (reading->purpose == PURPOSE_CHECK) {
		decision = check_take(reading, root, reply, column);
	} else if (list) {
		decision = list_take(target, reading, root, reply, column);
	} else {
		submission_take(root, column);
		reading->end = true;
		decision = decision_of(ACT_DONE, reply, "%s", "");
	}
	json_decref(root);
	return decision;
}

static void canvas_write(const struct target *target, const struct score *score, struct http_request *request)
{
	TEXT_AUTO url = {0};
	char points[40];
	course_url(&url, target, true);
	text_puts(&url, "/submissions/");
	url_escape(&url, score->user);
	snprintf(points, sizeof(points), "%.10g", score->there);
	http_request_begin(request, HTTP_PUT, text_string(&url));
	http_request_header(request, "Accept", "application/json");
	http_request_form(request, "submission[posted_grade]", points);
	/* Else "4" may be taken for a letter of the grading scheme. */
	http_request_form(request, "prefer_points_over_scheme", "true");
	if (score->comment != NULL)
		http_request_form(request, "comment[text_comment]", score->comment);
}

static struct decision canvas_written(const struct target *target, const struct http_reply *reply)
{
	(void)target;
	TEXT_AUTO words = {0};
	if (reply->outcome == HTTP_ANSWERED && reply->status == 401 && !reply->challenge) {
		reply_words(reply, &words);
		return decision_of(ACT_DEAD, reply, "no permission for this student (401): %s", text_string(&words));
	}
	if (reply->outcome == HTTP_ANSWERED && reply->status == 404)
		return decision_of(ACT_DEAD, reply, "%s", "the platform has no such student (404)");
	return decide_write(reply);
}

const struct backend backend_canvas = {
	.name = "canvas",
	.secret = SECRET_TOKEN,
	.needs = needs,
	.reads = true,
	.appends = true,
	.bearer = true,
	.ask = canvas_ask,
	.take = canvas_take,
	.write = canvas_write,
	.written = canvas_written,
};
