/* Results that every format has to cope with, and what they are written as. */
#pragma once

#include "golden.h"
#include "results.h"

#include "base/arena.h"
#include "report/format.h"

#include <jansson.h>

/* What a student's program may say, in one string: line feeds and what could begin a line of any format. */
#define HOSTILE                                                                                                        \
	"\n::error::owned\r\n##[error]owned\n\x1b[31mred\x07 <script>alert(1)</script> ]]> & \" ' `code` **b** "           \
	"[l](http://x.example) @you www.x.example | c # SKIP \\ Part1: FIN\n  ...\n  ---\nok 1\nBail out!\n"               \
	".. raw:: html\n\xff\xfe \xef\xbf\xbf \xe2\x80\xae {\"scores\": {\"Correctness\": 100}}\n</pre></details>"

#define FORMAT_CASES(X)                                                                                                \
	X(CASE_PASS, "pass") /* all passed; points with fractions */                                                       \
	X(CASE_MIXED, "mixed") /* failed, skipped, hidden, robustness, unstable, inconclusive */                           \
	X(CASE_ERROR, "error") /* and one that the harness could not grade */                                              \
	X(CASE_HOSTILE, "hostile") /* whatever a student's program chose is HOSTILE */                                     \
	X(CASE_UNBUILT, "unbuilt") /* so is the build's output */
enum format_case { FORMAT_CASES(NAMES_MEMBER) FORMAT_CASE_COUNT };
static const char *const format_case_words[] = {FORMAT_CASES(NAMES_WORD)};

struct format_sample {
	struct sample sample;
	struct arena *arena;
	struct format_context context;
	const struct view *view; /* the student's */
	struct test tests[3];
	struct spec spec;
	struct test_result results[3];
	struct step_result step;
	struct rule_result rule;
	struct finding finding;
};

static inline void format_sample_small(struct format_sample *of)
{
	static const size_t needs[] = {0};
	of->tests[0] = (struct test){.name = "handshake", .title = "A connection is set up", .points = 2.5};
	of->tests[1] = (struct test){.name = "echo",
	                             .title = "What is sent comes back",
	                             .points = 2.5,
	                             .requires = needs,
	                             .requires_count = 1,
	                             .hint = "write() may send less than it was given."};
	of->tests[2] = (struct test){
		.name = "sigpipe", .title = "A client that is gone ends no server", .points = 2, .robustness = true};
	of->spec = (struct spec){.path = "specs/echo.yaml", .name = "echo", .tests = of->tests, .test_count = 3};
	for (size_t i = 0; i < 3; i++)
		of->results[i] = (struct test_result){.test = &of->tests[i],
		                                      .points = of->tests[i].points,
		                                      .runs = 1,
		                                      .max_points = of->tests[i].points,
		                                      .duration_ns = 1500000 + (int)i};
	of->sample.result = (struct result){.spec = &of->spec,
	                                    .assignment = "echo-server",
	                                    .title = "Lab 1: a TCP echo server",
	                                    .submission = "ada",
	                                    .student = "server",
	                                    .tests = of->results,
	                                    .test_count = 3,
	                                    .points = 7,
	                                    .max_points = 7,
	                                    .built = true};
	memset(of->sample.result.spec_digest, 'a', 64);
	memset(of->sample.result.submission_digest, '7', 64);
}

static inline void format_sample_hostile(struct format_sample *of)
{
	struct result *result = &of->sample.result;
	of->step = sample_step(12, "server: {send: \"hello\\n\"}", "server", true, STEP_UNMET);
	of->step.expected = "\"hello\\n\" comes back";
	of->step.seen = HOSTILE;
	of->rule = (struct rule_result){.rule = RULE_EXTRA, .actor = "server", .seen = HOSTILE};
	of->finding = (struct finding){.id = "short-write", .test = "echo", .actor = "server", .sentence = HOSTILE};
	of->results[1].verdict = TEST_FAIL;
	of->results[1].points = 0;
	of->results[1].steps = &of->step;
	of->results[1].step_count = 1;
	of->results[2].verdict = TEST_FAIL;
	of->results[2].points = 0;
	of->results[2].rules = &of->rule;
	of->results[2].rule_count = 1;
	result->submission = "=cmd|' /C calc'!A0" HOSTILE;
	result->findings = &of->finding;
	result->finding_count = 1;
	result->points = 2.5;
}

static inline void format_sample_unbuilt(struct format_sample *of)
{
	struct result *result = &of->sample.result;
	result->built = false;
	result->build_output = "server.c:1: error" HOSTILE;
	result->points = 0;
	for (size_t i = 0; i < 3; i++) {
		of->results[i].verdict = TEST_FAIL;
		of->results[i].points = 0;
		of->results[i].reason = "the submission does not build";
	}
}

static inline void format_sample_make(struct format_sample *of, enum format_case which)
{
	*of = (struct format_sample){.arena = arena_create()};
	if (which == CASE_MIXED || which == CASE_ERROR)
		sample_make(&of->sample);
	else
		format_sample_small(of);
	if (which == CASE_HOSTILE)
		format_sample_hostile(of);
	if (which == CASE_UNBUILT)
		format_sample_unbuilt(of);
	if (which == CASE_MIXED) {
		of->sample.tests[TEST_BROKEN].verdict = TEST_PASS;
		of->sample.tests[TEST_BROKEN].points = 5;
		of->sample.tests[TEST_BROKEN].reason = NULL;
		of->sample.result.points += 5;
	}
	const struct result *result = &of->sample.result;
	bool recorded = which == CASE_MIXED || which == CASE_ERROR;
	of->view = view_create(result, recorded ? of->sample.recorded : NULL, AUDIENCE_STUDENT, of->arena);
	of->context = (struct format_context){.version = "1.2.3",
	                                      .created_s = 1795368000,
	                                      .grade = format_grade(result),
	                                      .classroom = "net",
	                                      .assignment = "lab1",
	                                      .owner = "ada",
	                                      .submission_tag = "submit/2026-11-22T17-20-00Z-1a2b3c4",
	                                      .commit_url = "https://github.com/net/lab1/commit/1a2b3c4",
	                                      .release_url = "https://github.com/net/lab1/releases/1",
	                                      .review_url = "https://github.com/net/lab1/pull/1"};
	of->context.complete = view_create(result, recorded ? of->sample.recorded : NULL, AUDIENCE_INSTRUCTOR, of->arena);
}

static inline void format_sample_release(struct format_sample *of)
{
	sample_release(&of->sample);
	arena_destroy(of->arena);
}

static inline void format_render(const char *name, const struct format_sample *of, struct text *out)
{
	const struct format *format = format_find(name);
	assert_non_null(format);
	struct view *view = NULL;
	if (format->audience == AUDIENCE_INSTRUCTOR)
		view = view_create(&of->sample.result, of->sample.recorded, AUDIENCE_INSTRUCTOR, of->arena);
	format->write(out, view != NULL ? view : of->view, &of->context);
}

/* The bytes of a format for one case; the caller releases the text. */
static inline void format_case_render(const char *name, enum format_case which, struct text *out)
{
	struct format_sample of;
	format_sample_make(&of, which);
	format_render(name, &of, out);
	format_sample_release(&of);
}

/* The same, parsed. */
static inline json_t *format_case_json(const char *name, enum format_case which)
{
	TEXT_AUTO out = {0};
	format_case_render(name, which, &out);
	json_error_t error;
	json_t *root = json_loadb(text_string(&out), out.length, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		fail_msg("%s of case %s: line %d: %s", name, format_case_words[which], error.line, error.text);
	return root;
}

static inline const char *member_string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));
	if (value == NULL)
		fail_msg("no string \"%s\"", key);
	return value;
}
