#include "run/grade.h"

#include "model/package.h"

#include "run/runner.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/sha256.h"
#include "base/text.h"
#include "judge/judge.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const char *student_words(const bool student[2])
{
	if (student[SIDE_SERVER] && student[SIDE_CLIENT])
		return "server, client";
	return student[SIDE_SERVER] ? "server" : student[SIDE_CLIENT] ? "client" : "none";
}

static const char *source_note(const struct timeline *timeline, struct arena *arena)
{
	for (size_t i = timeline->count; i-- > 0;) {
		const struct event *event = &timeline->events[i];
		if (event->kind == EVENT_SOURCE && event->source.line == 0)
			return arena_copy(arena, event->data, event->data_length);
		if (event->kind != EVENT_SOURCE && event->kind != EVENT_END)
			break;
	}
	return NULL;
}

void grade_result(struct result *result, const struct session *session, const struct assignment *assignment,
                  struct arena *arena)
{
	const struct plan *plan = session->plan;
	struct findings findings = {0};
	result->spec = plan->spec;
	result->assignment = assignment != NULL ? assignment->name : plan->spec->name;
	result->title = assignment != NULL ? assignment->title : plan->spec->title;
	result->seed = plan->seed;
	result->student = student_words(plan->student);
	sha256_hex(plan->spec->digest, result->spec_digest);
	result->tests = arena_array(arena, plan->count + 1, sizeof(struct test_result));
	result->test_count = 0;
	for (size_t i = 0; i < plan->count; i++) {
		const struct test_run *run = &session->tests[i];
		if (!run->done)
			continue;
		result->tests[result->test_count++] = run->result;
		if (run->timeline != NULL && run->failure == NULL)
			judge_findings(&plan->tests[i], run->timeline, arena, &findings);
		if (run->timeline != NULL && result->source_note == NULL)
			result->source_note = source_note(run->timeline, arena);
	}
	judge_result(result, &findings, arena);
}

static const char *build_failure(struct arena *arena, int status, int reached, const struct limits *limits)
{
	if (reached == LIMIT_TIME)
		return arena_printf(arena, "the build did not end within %lld s", (long long)(limits->time_ns / 1000000000));
	if (reached >= 0)
		return arena_printf(arena, "the build was ended: it reached its limit of %s",
		                    limit_kind_word((enum limit_kind)reached));
	if (WIFSIGNALED(status))
		return arena_printf(arena, "the build was ended by signal %d (%s)", WTERMSIG(status),
		                    strsignal(WTERMSIG(status)));
	return arena_printf(arena, "the build failed with exit status %d", WEXITSTATUS(status));
}

/* The build has its own limits: compilers need more than what they compile. */
static struct limits build_limits(const struct limits *limits)
{
	struct limits build = *limits;
	static const int64_t minute_ns = INT64_C(60) * 1000000000;
	if (build.time_ns < 2 * minute_ns)
		build.time_ns = 2 * minute_ns;
	if (build.memory_bytes < (UINT64_C(2) << 30))
		build.memory_bytes = UINT64_C(2) << 30;
	if (build.processes < 512)
		build.processes = 512;
	if (build.file_bytes < (UINT64_C(256) << 20))
		build.file_bytes = UINT64_C(256) << 20;
	build.descriptors = 4096;
	return build;
}

static bool build(struct grade *grade, const struct grade_request *request, struct keeper *keeper, struct arena *arena,
                  struct diags *diags)
{
	struct result *result = &grade->result;
	result->built = true;
	if (request->assignment == NULL || request->assignment->build.arguments == NULL)
		return true;
	if (request->building != NULL)
		request->building(request->hooks.context);
	TEXT_AUTO output = {0};
	int status = 0, reached = -1;
	struct limits limits = build_limits(&request->assignment->limits);
	if (!keeper_build(keeper, &request->assignment->build, &limits, &output, &status, &reached, diags))
		return false;
	result->built = status == 0 && reached < 0;
	TEXT_AUTO shown = {0};
	text_puts(&shown, text_string(&output));
	if (!result->built)
		text_printf(&shown, "%s%s", shown.length > 0 && shown.bytes[shown.length - 1] != '\n' ? "\n" : "",
		            build_failure(arena, status, reached, &limits));
	TEXT_AUTO missing = {0};
	if (!result->built && package_missing(text_string(&output), output.length, &missing))
		text_printf(&shown, "\n%s", text_string(&missing));
	result->build_output = arena_copy(arena, text_string(&shown), shown.length);
	return true;
}

static void all_unbuilt(struct grade *grade, const struct plan *plan, struct arena *arena)
{
	grade->session = (struct session){.plan = plan, .arena = arena};
	grade->session.tests = arena_array(arena, plan->count + 1, sizeof(struct test_run));
	for (size_t i = 0; i < plan->count; i++) {
		const struct test *test = plan->tests[i].test;
		struct test_run *run = &grade->session.tests[i];
		run->done = true;
		run->result = (struct test_result){.test = test, .verdict = TEST_FAIL, .max_points = test->points};
		run->result.reason = "the submission does not build";
	}
}

bool grade_submission(struct grade *grade, const struct grade_request *request, struct arena *arena,
                      struct diags *diags)
{
	struct runner_context context = {.plan = request->plan};
	*grade = (struct grade){0};
	if (request->copied != NULL) {
		grade->submission = *request->copied;
		request->copied->folder = NULL;
	} else if (!submission_copy(&grade->submission, request->submission, request->fallback, arena, diags)) {
		return false;
	}
	struct box_place place = {grade->submission.folder};
	struct keeper *keeper = keeper_start(request->host, &place, runner_main, &context, diags);
	bool good = keeper != NULL && build(grade, request, keeper, arena, diags);
	if (good && !grade->result.built)
		all_unbuilt(grade, request->plan, arena);
	else if (good)
		good = session_run(&grade->session, request->plan, keeper, &request->options, &request->hooks, arena, diags);
	keeper_stop(keeper);
	submission_release(&grade->submission);
	if (!good)
		return false;
	grade->result.rung = request->host->rung;
	grade->result.submission = grade->submission.name;
	memcpy(grade->result.submission_digest, grade->submission.digest, sizeof(grade->result.submission_digest));
	grade_result(&grade->result, &grade->session, request->assignment, arena);
	return true;
}

void grade_release(struct grade *grade)
{
	session_release(&grade->session);
	submission_release(&grade->submission);
}
