#include "cli/cli.h"

#include "cli/load.h"
#include "cli/output.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/text.h"
#include "report/result_json.h"
#include "report/terminal.h"
#include "run/grade.h"

#include <string.h>

/* Every test's verdict again from its stored timeline. */
static void judge_session(struct session *session, struct loaded *loaded, struct stored_run *stored,
                          struct diags *diags)
{
	const struct plan *plan = loaded->plan;
	*session = (struct session){.plan = plan, .arena = loaded->arena};
	session->tests = arena_array(loaded->arena, plan->count + 1, sizeof(struct test_run));
	for (size_t i = 0; i < plan->count; i++) {
		struct test_run *run = &session->tests[i];
		run->timeline = store_timeline(stored, plan->tests[i].test->name, diags);
		if (run->timeline == NULL)
			continue;
		run->done = true;
		session_judge(plan, i, run->timeline, NULL, loaded->arena, &run->result);
	}
}

/* A test without a timeline has the verdict that needs none: it was skipped, not built, or could not be run. */
static void verdicts_without_timeline(struct session *session, const struct view *old)
{
	for (size_t i = 0; i < session->plan->count; i++) {
		struct test_run *run = &session->tests[i];
		const struct test *test = session->plan->tests[i].test;
		for (size_t j = 0; j < old->result.test_count && !run->done; j++) {
			const struct test_result *before = &old->result.tests[j];
			if (strcmp(before->test->name, test->name) != 0)
				continue;
			run->result = (struct test_result){.test = test, .verdict = before->verdict, .max_points = test->points};
			run->result.reason = before->reason;
			run->result.runs = before->runs;
			run->done = true;
		}
	}
	/* What several runs of one test showed is not in the one timeline that is kept. */
	for (size_t i = 0; i < session->plan->count; i++) {
		for (size_t j = 0; j < old->result.test_count; j++) {
			if (strcmp(old->result.tests[j].test->name, session->plan->tests[i].test->name) == 0) {
				session->tests[i].result.unstable = old->result.tests[j].unstable;
				session->tests[i].result.runs = old->result.tests[j].runs;
			}
		}
	}
}

static bool same_bytes(const struct view *old, const struct view *new)
{
	TEXT_AUTO before = {0};
	TEXT_AUTO now = {0};
	result_json_write(&before, old, GRADER_VERSION, false);
	result_json_write(&now, new, GRADER_VERSION, false);
	return before.length == now.length && memcmp(text_string(&before), text_string(&now), now.length) == 0;
}

static int judge_loaded(struct invocation *invocation, struct loaded *loaded, struct stored_run *stored,
                        struct diags *diags)
{
	TEXT_AUTO stored_json = {0};
	const char *path = arena_printf(invocation->arena, "%s/result.json", stored->folder);
	struct view *old = NULL;
	if (file_read(path, RESULT_BYTES, &stored_json))
		old = result_json_read(text_string(&stored_json), stored_json.length, path, invocation->arena, diags);
	if (old == NULL) {
		print_diags(diags);
		print_error("%s cannot be read", path);
		return EXIT_BAD_USAGE;
	}
	struct grade grade = {0};
	judge_session(&grade.session, loaded, stored, diags);
	verdicts_without_timeline(&grade.session, old);
	grade.result.rung = stored->rung;
	grade.result.submission = stored->submission;
	memcpy(grade.result.submission_digest, stored->submission_digest, sizeof(stored->submission_digest));
	grade.result.built = stored->built;
	grade.result.build_output = stored->build_output;
	grade_result(&grade.result, &grade.session, loaded->assignment, invocation->arena);
	struct recorded *recorded = recorded_of(&grade.session, &grade.result, invocation->arena);
	bool given;
	enum audience audience;
	if (!audience_option(invocation, &given, &audience) || !formats_check(invocation))
		return EXIT_BAD_USAGE;
	struct view *new = view_create(&grade.result, recorded, AUDIENCE_INSTRUCTOR, invocation->arena);
	TEXT_AUTO text = {0};
	for (size_t i = 0; i < grade.result.test_count; i++) {
		const struct test_result *test = view_test(&grade.result, i, audience, invocation->arena);
		if (test != NULL)
			terminal_test_line(&text, &invocation->paint, test, terminal_names(&invocation->paint, &grade.result));
	}
	print_text(text_string(&text), text.length);
	if (option_value(invocation, "quiet") == NULL)
		print_details(invocation, &grade.result, recorded, audience);
	bool good = formats_write(invocation, &grade.result, recorded);
	bool same = same_bytes(old, new);
	print_diags(diags);
	TEXT_AUTO last = {0};
	text_printf(&last, "%s\n",
	            same ? "The verdicts are those that were stored." : "The verdicts differ from those that were stored.");
	print_text(text_string(&last), last.length);
	int status = result_status(invocation, &grade.result);
	session_release(&grade.session);
	return good ? status : EXIT_HARNESS;
}

static int judge(struct invocation *invocation)
{
	if (invocation->positional_count != 1) {
		print_error("which run?  grader judge RUN, a folder that `grader run --keep` made");
		return EXIT_BAD_USAGE;
	}
	return load_kept(invocation, invocation->positional[0], judge_loaded);
}

static const struct option_row options[] = {
	{"format", "NAME=FILE", "write the result in this format, too (may be given more than once)", true},
	{"as", "WHO", "student (default on the terminal) or instructor: who will read the reports", false},
	{"color", "WHEN", "always, never or auto", false},
	{"quiet", NULL, "one line for each test, nothing else", false},
	{"exit-zero", NULL, "exit with 0 although tests failed", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_judge = {
	"judge",
	"RUN",
	"make every verdict again from a kept run, without running anything",
	"Reads the stored timelines of a run kept with --keep and judges them again: the same verdicts, byte for "
	"byte, or a line that says they differ. Exit status as for run.",
	options,
	judge,
};
