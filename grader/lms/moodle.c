/* Moodle web services: one assignment (mod_assign).  The token goes in the body, never in an address; every answer has
 * status 200, and `null` says nothing about whether a grade was kept. */
#include "lms/backend.h"

#include "lms/config.h"
#include "lms/message.h"
#include "lms/url.h"

#include "base/arena.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const needs[] = {"column", "url", "course", "assignment", NULL};

static const char *const functions[] = {
	"mod_assign_get_assignments", "mod_assign_list_participants", "gradereport_user_get_grade_items",
	"mod_assign_get_grades",      "mod_assign_save_grade",        NULL};

static void call(const struct target *target, struct http_request *request, const char *function)
{
	TEXT_AUTO url = {0};
	url_add_path(&url, target->url, "/webservice/rest/server.php");
	http_request_begin(request, HTTP_POST, text_string(&url));
	request->writes = false;
	http_request_header(request, "Accept", "application/json");
	http_request_form(request, "wstoken", target->secret.bytes != NULL ? target->secret.bytes : "");
	http_request_form(request, "wsfunction", function);
	http_request_form(request, "moodlewsrestformat", "json");
}

static bool moodle_ask(const struct target *target, const struct reading *reading, struct http_request *request)
{
	switch (reading->purpose) {
	case PURPOSE_CHECK:
		call(target, request, reading->step == 0 ? "core_webservice_get_site_info" : functions[0]);
		if (reading->step > 0)
			http_request_form(request, "courseids[0]", target->course);
		break;
	case PURPOSE_MEMBERS:
		call(target, request, functions[1]);
		http_request_form(request, "assignid", target->assignment);
		http_request_form(request, "groupid", "0");
		http_request_form(request, "filter", "");
		break;
	case PURPOSE_VALUES:
	case PURPOSE_VALUE:
		call(target, request, reading->step == 0 ? functions[2] : functions[3]);
		if (reading->step == 0) {
			http_request_form(request, "courseid", target->course);
			http_request_form(request, "userid", reading->user != NULL ? reading->user : "0");
		} else {
			http_request_form(request, "assignmentids[0]", target->assignment);
			http_request_form(request, "since", reading->next != NULL ? reading->next : "0");
		}
		break;
	}
	return true;
}

static const char *number_kept(struct column *column, const json_t *object, const char *key)
{
	return arena_printf(column->arena, "%lld", (long long)json_integer_value(json_object_get(object, key)));
}

static bool is_id(const json_t *object, const char *key, const char *wanted)
{
	const json_t *id = json_object_get(object, key);
	return json_is_integer(id) && json_integer_value(id) == strtoll(wanted, NULL, 10);
}

static struct decision site_take(const json_t *root, const struct http_reply *reply, struct column *column)
{
	const json_t *list = json_object_get(root, "functions");
	column->self = number_kept(column, root, "userid");
	for (const char *const *need = functions; *need != NULL && json_is_array(list); need++) {
		bool there = false;
		for (size_t i = 0; i < json_array_size(list) && !there; i++) {
			const char *name = json_string_value(json_object_get(json_array_get(list, i), "name"));
			there = name != NULL && strcmp(name, *need) == 0;
		}
		if (!there)
			return decision_of(ACT_STOP, reply, "the token's service lacks the function %s", *need);
	}
	return decision_of(ACT_DONE, reply, "%s", "");
}

static struct decision assignment_take(const struct target *target, const json_t *root, const struct http_reply *reply,
                                       struct column *column)
{
	const json_t *courses = json_object_get(root, "courses");
	for (size_t i = 0; i < json_array_size(courses); i++) {
		const json_t *list = json_object_get(json_array_get(courses, i), "assignments");
		for (size_t j = 0; j < json_array_size(list); j++) {
			const json_t *assignment = json_array_get(list, j);
			if (!is_id(assignment, "id", target->assignment))
				continue;
			const char *name = json_string_value(json_object_get(assignment, "name"));
			column->found = true;
			column->label = arena_string(column->arena, name != NULL ? name : "");
			column->maximum = json_number_value(json_object_get(assignment, "grade"));
		}
	}
	if (!column->found)
		return decision_of(ACT_STOP, reply,
		                   "course %.40s has no assignment with the id %.40s (the id is not the one in the "
		                   "page's address)",
		                   target->course, target->assignment);
	if (column->maximum <= 0)
		return decision_of(ACT_STOP, reply, "%s", "the assignment is graded by a scale, which keeps no points");
	return decision_of(ACT_DONE, reply, "%s", "");
}

static void item_take(const json_t *item, struct lms_value *value)
{
	const json_t *points = json_object_get(item, "graderaw");
	value->there = json_is_number(points);
	value->points = json_number_value(points);
	value->maximum = json_number_value(json_object_get(item, "grademax"));
	value->overridden = json_is_true(json_object_get(item, "gradeisoverridden"));
	value->locked =
		json_is_true(json_object_get(item, "gradeislocked")) || json_is_true(json_object_get(item, "locked"));
	value->grader = !value->there ? GRADER_NOBODY : value->overridden ? GRADER_PERSON : GRADER_UNKNOWN;
	value->at_ms = (int64_t)json_integer_value(json_object_get(item, "gradedategraded")) * 1000;
}

static void report_take(const struct target *target, const json_t *root, struct column *column)
{
	const json_t *users = json_object_get(root, "usergrades");
	for (size_t i = 0; i < json_array_size(users); i++) {
		const json_t *user = json_array_get(users, i);
		const json_t *items = json_object_get(user, "gradeitems");
		for (size_t j = 0; j < json_array_size(items); j++) {
			const json_t *item = json_array_get(items, j);
			const char *module = json_string_value(json_object_get(item, "itemmodule"));
			if (module == NULL || strcmp(module, "assign") != 0 || !is_id(item, "iteminstance", target->assignment))
				continue;
			struct lms_value *value = column_value(column, number_kept(column, user, "userid"));
			if (value != NULL)
				item_take(item, value);
		}
	}
}

/* Who graded: the gradebook's report does not say. */
static void graders_take(const json_t *root, const char *only, struct column *column)
{
	const json_t *assignments = json_object_get(root, "assignments");
	for (size_t i = 0; i < json_array_size(assignments); i++) {
		const json_t *grades = json_object_get(json_array_get(assignments, i), "grades");
		for (size_t j = 0; j < json_array_size(grades); j++) {
			const json_t *grade = json_array_get(grades, j);
			const char *user = number_kept(column, grade, "userid");
			const char *grader = number_kept(column, grade, "grader");
			struct lms_value *value = only == NULL || strcmp(user, only) == 0 ? column_value(column, user) : NULL;
			if (value == NULL || !value->there || value->overridden)
				continue;
			value->by = arena_printf(column->arena, "user %s", grader);
			value->grader = column->self != NULL && strcmp(grader, column->self) == 0 ? GRADER_SELF
			                : *grader == '-' || strcmp(grader, "0") == 0              ? GRADER_TOOL
			                                                                          : GRADER_PERSON;
		}
	}
}

static void participants_take(const json_t *root, struct column *column)
{
	for (size_t i = 0; i < json_array_size(root); i++) {
		const json_t *object = json_array_get(root, i);
		struct lms_member *member = column_member(column);
		if (member == NULL)
			return;
		const char *keys[] = {"username", "idnumber", "email", "fullname"};
		const char **places[] = {&member->login, &member->sis_id, &member->email, &member->name};
		member->user = number_kept(column, object, "id");
		member->student = true;
		for (size_t k = 0; k < 4; k++) {
			const char *string = json_string_value(json_object_get(object, keys[k]));
			*places[k] = string != NULL && *string != '\0' ? arena_string(column->arena, string) : NULL;
		}
	}
}

/* Who graded one user is told with who graded everybody since: so that is asked only of a grade that has changed, and from
 * its own time on, which is the time that mod_assign_get_grades knows it by.  True when there is nothing to ask. */
static bool grader_known(struct column *column, struct reading *reading)
{
	struct lms_value *value = column_value(column, reading->user);
	const struct lms_value *known = column->known;
	if (value == NULL || !value->there || value->overridden)
		return true;
	if (known != NULL && known->there && !known->overridden && known->grader != GRADER_UNKNOWN &&
	    known->at_ms == value->at_ms && known->points == value->points) {
		value->grader = known->grader;
		value->by = known->by;
		return true;
	}
	reading->next = arena_printf(column->arena, "%lld", (long long)(value->at_ms / 1000));
	return false;
}

/* An exception with status 200; ACT_DONE: it is none. */
static struct decision exception_of(const json_t *root, const struct http_reply *reply)
{
	static const char *const again[] = {"dmlwriteexception", "locktimeout", "ex_unabletolock", NULL};
	static const char *const student[] = {"usernotincourse", "invalidrecord", "invalidparameter", NULL};
	const char *code = json_string_value(json_object_get(root, "errorcode"));
	TEXT_AUTO words = {0};
	if (code == NULL && json_object_get(root, "exception") == NULL)
		return decision_of(ACT_DONE, reply, "%s", "");
	code = code != NULL ? code : "";
	reply_words(reply, &words);
	for (const char *const *at = again; *at != NULL; at++) {
		if (strcmp(*at, code) == 0)
			return decision_of(ACT_UNKNOWN, reply, "Moodle: %.60s", code);
	}
	for (const char *const *at = student; *at != NULL; at++) {
		if (strcmp(*at, code) == 0)
			return decision_of(ACT_DEAD, reply, "Moodle: %.60s: %s", code, text_string(&words));
	}
	return decision_of(ACT_STOP, reply, "Moodle: %.60s: %s", code, text_string(&words));
}

static struct decision moodle_take(const struct target *target, struct reading *reading, const struct http_reply *reply,
                                   struct column *column)
{
	json_t *root = json_loadb(text_string(&reply->body), reply->body.length, JSON_DECODE_ANY, NULL);
	struct decision decision = exception_of(root, reply);
	unsigned step = reading->step++;
	reading->end = step > 0 || reading->purpose == PURPOSE_MEMBERS;
	if (decision.act == ACT_DEAD)
		decision.act = ACT_STOP;
	else if (decision.act == ACT_UNKNOWN)
		decision.act = ACT_AGAIN;
	if (decision.act == ACT_DONE &&
	    (reading->purpose == PURPOSE_MEMBERS ? !json_is_array(root) : !json_is_object(root)))
		decision = decision_of(ACT_STOP, reply, "%s", "the answer is not what Moodle's web services describe");
	if (decision.act == ACT_DONE) {
		switch (reading->purpose) {
		case PURPOSE_CHECK:
			decision = step == 0 ? site_take(root, reply, column) : assignment_take(target, root, reply, column);
			break;
		case PURPOSE_MEMBERS:
			participants_take(root, column);
			break;
		case PURPOSE_VALUES:
		case PURPOSE_VALUE:
			if (step > 0) {
				graders_take(root, reading->user, column);
				break;
			}
			report_take(target, root, column);
			reading->end = reading->purpose == PURPOSE_VALUE && grader_known(column, reading);
			break;
		}
	}
	json_decref(root);
	return decision;
}

static void moodle_write(const struct target *target, const struct score *score, struct http_request *request)
{
	char points[40];
	snprintf(points, sizeof(points), "%.10g", score->there);
	call(target, request, "mod_assign_save_grade");
	request->writes = true;
	http_request_form(request, "assignmentid", target->assignment);
	http_request_form(request, "userid", score->user);
	http_request_form(request, "grade", points);
	http_request_form(request, "attemptnumber", "-1");
	http_request_form(request, "addattempt", "0");
	http_request_form(request, "workflowstate", "");
	http_request_form(request, "applytoall", "1");
	if (score->comment != NULL) {
		http_request_form(request, "plugindata[assignfeedbackcomments_editor][text]", score->comment);
		http_request_form(request, "plugindata[assignfeedbackcomments_editor][format]", "2");
	}
}

static struct decision moodle_written(const struct target *target, const struct http_reply *reply)
{
	(void)target;
	if (reply->outcome != HTTP_ANSWERED)
		return decide_write(reply);
	/* The one real 403: web services are off. */
	if (reply->status == 403 && reply->body.length == 0)
		return decision_of(ACT_STOP, reply, "%s", "the site refuses web services (403); are they turned on?");
	if (reply->status != 200 || http_reply_is_page(reply))
		return decide_write(reply);
	json_t *root = json_loadb(text_string(&reply->body), reply->body.length, JSON_DECODE_ANY, NULL);
	struct decision decision = exception_of(root, reply);
	bool nothing = json_is_null(root);
	json_decref(root);
	if (decision.act != ACT_DONE)
		return decision;
	decision =
		decision_of(nothing ? ACT_CONFIRM : ACT_UNKNOWN, reply, "%s", nothing ? "" : "an answer other than null");
	decision.applied = true;
	return decision;
}

const struct backend backend_moodle = {
	.name = "moodle",
	.secret = SECRET_TOKEN,
	.needs = needs,
	.reads = true,
	.ask = moodle_ask,
	.take = moodle_take,
	.write = moodle_write,
	.written = moodle_written,
};
