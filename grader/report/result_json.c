#include "report/result_json.h"

#include "base/json.h"
#include "base/text.h"
#include "model/plan.h"
#include "report/cast.h"
#include "report/event_text.h"
#include "report/visible.h"
#include "timeline/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writer {
	struct json json;
	const struct view *view;
	bool whole;
	struct cast *cast; /* of the test that is being written; NULL without its timeline */
	size_t cast_index; /* SIZE_MAX: of none */
};

/* Names the connections of a test's timeline once, for all its evidence. */
static void writer_turn(struct writer *writer, size_t index)
{
	if (writer->cast_index == index)
		return;
	free(writer->cast);
	writer->cast = NULL;
	writer->cast_index = index;
	const struct recorded *recorded = &writer->view->recorded[index];
	if (!writer->whole || recorded->plan == NULL || recorded->timeline == NULL)
		return;
	writer->cast = calloc(1, sizeof(*writer->cast));
	if (writer->cast == NULL)
		abort();
	cast_init(writer->cast, recorded->plan, recorded->timeline);
}

static void write_evidence(struct writer *writer, const struct evidence *evidence)
{
	struct json *json = &writer->json;
	json_add_array(json, "evidence");
	for (size_t i = 0; i < evidence->count && i < EVIDENCE_MOST; i++) {
		json_add_object(json, NULL);
		json_add_integer(json, "event", evidence->events[i]);
		if (writer->cast != NULL && evidence->events[i] < writer->cast->timeline->count) {
			const struct event *event = &writer->cast->timeline->events[evidence->events[i]];
			TEXT_AUTO words = {0};
			event_text(&words, writer->cast, event);
			json_add_number(json, "time_ms", (double)(event->time_ns / 1000) / 1e3);
			json_add_string(json, "text", text_string(&words));
		}
		json_end_object(json);
	}
	json_end_array(json);
}

static void write_step(struct writer *writer, const struct step_result *step)
{
	struct json *json = &writer->json;
	json_add_object(json, NULL);
	json_add_integer(json, "line", step->place.line);
	json_add_integer(json, "column", step->place.column);
	json_add_string(json, "text", step->text);
	json_add_string(json, "actor", step->actor);
	json_add_string(json, "kind", step->expectation ? "expectation" : "action");
	json_add_string(json, "verdict", step_verdict_word(step->verdict));
	json_add_string(json, "expected", step->expected);
	json_add_string(json, "seen", step->seen);
	json_add_boolean(json, "by_deadline", step->by_deadline);
	write_evidence(writer, &step->evidence);
	json_end_object(json);
}

static void write_rule(struct writer *writer, const struct rule_result *rule)
{
	struct json *json = &writer->json;
	json_add_object(json, NULL);
	json_add_string(json, "rule", rule_word(rule->rule));
	json_add_string(json, "actor", rule->actor);
	json_add_string(json, "seen", rule->seen);
	write_evidence(writer, &rule->evidence);
	json_end_object(json);
}

static void write_about(struct json *json, const struct spec *spec, const struct test_result *result)
{
	const struct test *test = result->test;
	json_add_string(json, "name", test->name);
	json_add_string(json, "title", test->title);
	json_add_string(json, "verdict", test_verdict_word(result->verdict));
	json_add_number(json, "points", result->points);
	json_add_number(json, "max_points", result->max_points);
	json_add_boolean(json, "robustness", test->robustness);
	json_add_boolean(json, "hidden", test->hidden);
	json_add_string(json, "show", show_word(test->show));
	json_add_array(json, "requires");
	for (size_t i = 0; i < test->requires_count; i++)
		json_add_string(json, NULL, spec->tests[test->requires[i]].name);
	json_end_array(json);
	json_add_string(json, "reason", result->reason);
	json_add_string(json, "under", result->under);
	json_add_string(json, "cite", test->cite);
	json_add_string(json, "hint", test->hint);
	json_add_boolean(json, "unstable", result->unstable);
	json_add_integer(json, "runs", result->runs);
}

static void write_test(struct writer *writer, size_t index)
{
	struct json *json = &writer->json;
	const struct test_result *test = &writer->view->result.tests[index];
	writer_turn(writer, index);
	json_add_object(json, NULL);
	write_about(json, writer->view->result.spec, test);
	if (writer->whole)
		json_add_number(json, "duration_ms", (double)(test->duration_ns / 1000) / 1e3);
	json_add_array(json, "steps");
	for (size_t i = 0; i < test->step_count; i++)
		write_step(writer, &test->steps[i]);
	json_end_array(json);
	json_add_array(json, "rules");
	for (size_t i = 0; i < test->rule_count; i++)
		write_rule(writer, &test->rules[i]);
	json_end_array(json);
	json_end_object(json);
}

static void write_finding(struct writer *writer, const struct finding *finding)
{
	struct json *json = &writer->json;
	const struct result *result = &writer->view->result;
	for (size_t i = 0; i < result->test_count; i++)
		if (finding->test != NULL && strcmp(result->tests[i].test->name, finding->test) == 0)
			writer_turn(writer, i);
	json_add_object(json, NULL);
	json_add_string(json, "id", finding->id);
	json_add_string(json, "test", finding->test);
	json_add_string(json, "actor", finding->actor);
	json_add_string(json, "sentence", finding->sentence);
	json_add_string(json, "source", finding->source);
	json_add_boolean(json, "robustness", finding->robustness);
	write_evidence(writer, &finding->evidence);
	json_end_object(json);
}

static void write_head(struct json *json, const struct view *view, const char *version)
{
	const struct result *result = &view->result;
	json_add_integer(json, "format", RESULT_FORMAT);
	json_add_string(json, "grader", version);
	json_add_string(json, "audience", audience_word(view->audience));
	json_add_boolean(json, "complete", !view->partial);
	json_add_string(json, "assignment", result->assignment);
	json_add_string(json, "title", result->title);
	json_add_string(json, "submission", result->submission);
	json_add_string(json, "student", result->student);
	json_add_number(json, "points", result->points);
	json_add_number(json, "max_points", result->max_points);
	json_add_string(json, "rung", rung_word(result->rung));
	json_add_string(json, "source_note", result->source_note);
	char seed[24];
	snprintf(seed, sizeof(seed), "%" PRIu64, result->seed);
	json_add_string(json, "seed", seed);
	json_add_string(json, "spec", result->spec->name);
	json_add_string(json, "spec_sha256", result->spec_digest);
	json_add_string(json, "submission_sha256", result->submission_digest);
	json_add_object(json, "build");
	json_add_boolean(json, "ok", result->built);
	json_add_string(json, "output", result->build_output);
	json_end_object(json);
}

void result_json_write(struct text *out, const struct view *view, const char *version, bool whole)
{
	struct writer writer = {
		.json = {.out = out, .indented = whole}, .view = view, .whole = whole, .cast_index = SIZE_MAX};
	struct json *json = &writer.json;
	json_add_object(json, NULL);
	write_head(json, view, version);
	json_add_array(json, "tests");
	for (size_t i = 0; i < view->result.test_count; i++)
		write_test(&writer, i);
	json_end_array(json);
	json_add_array(json, "findings");
	for (size_t i = 0; i < view->result.finding_count; i++)
		write_finding(&writer, &view->result.findings[i]);
	json_end_array(json);
	json_end_object(json);
	text_puts(out, "\n");
	free(writer.cast);
}
