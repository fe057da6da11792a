#include "cli/regrade.h"

#include "cli/cli.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "model/plan_digest.h"
#include "report/result_json.h"
#include "report/visible.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A stored run being judged again. */
struct again {
	const struct regrade *regrade;
	struct book *book;
	const struct stored_result *stored;
	const struct loaded *loaded;
	const struct result *before;
	struct grade grade;
	bool *play; /* by test of the plan: has to be played */
	size_t plays;
	struct arena *arena;
	struct diags diags;
};

static const struct test_result *former(const struct again *again, const char *test)
{
	for (size_t i = 0; i < again->before->test_count; i++) {
		if (strcmp(again->before->tests[i].test->name, test) == 0)
			return &again->before->tests[i];
	}
	return NULL;
}

/* Takes the test's recording and judges it, or marks the test to be played.  False with `diags`. */
static bool test_again(struct again *again, size_t index)
{
	const struct plan_test *test = &again->loaded->plan->tests[index];
	struct test_run *run = &again->grade.session.tests[index];
	const struct test_result *old = former(again, test->test->name);
	char actions[PLAN_DIGEST], lines[PLAN_DIGEST];
	struct recording recording;
	plan_actions_digest(test, again->loaded->assignment, actions);
	plan_lines_digest(test, again->loaded->assignment, lines);
	int there = book_recording(again->book, again->stored->recorded, test->test->name, &recording, &again->diags);
	if (there < 0)
		return false;
	if (there == 0 || strcmp(recording.actions, actions) != 0) {
		/* Without a recording it was skipped; whether it still is shows when what it requires is judged. */
		again->play[index] = there == 1 || old == NULL || old->verdict != TEST_SKIPPED;
		return true;
	}
	run->timeline = book_timeline(again->book, again->stored->recorded, test->test->name, &again->diags);
	if (run->timeline == NULL)
		return false;
	session_judge(again->loaded->plan, index, run->timeline, NULL, again->arena, &run->result);
	run->done = true;
	if (old != NULL) {
		run->result.unstable = old->unstable;
		run->result.runs = old->runs;
	}
	/* A test that broke off under other expectations has an unfinished recording: it can show that all was well, not that
	 * something was missing. */
	bool broke_off = old == NULL || old->verdict != TEST_PASS;
	if (broke_off && run->result.verdict != TEST_PASS && strcmp(recording.lines, lines) != 0)
		again->play[index] = true;
	return true;
}

static size_t test_at(const struct plan *plan, size_t spec_index)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->tests[i].index == spec_index)
			return i;
	}
	return plan->count;
}

/* The name of a required test that did not pass; NULL: none. */
static const char *held_back(const struct again *again, size_t index)
{
	const struct plan *plan = again->loaded->plan;
	const struct test *test = plan->tests[index].test;
	for (size_t i = 0; i < test->requires_count; i++) {
		size_t needed = test_at(plan, test->requires[i]);
		if (needed < plan->count && again->grade.session.tests[needed].done &&
		    again->grade.session.tests[needed].result.verdict != TEST_PASS)
			return plan->tests[needed].test->name;
	}
	return NULL;
}

/* Tests that were and stay skipped, those that are skipped now, and those whose turn has come. */
static void requirements_apply(struct again *again)
{
	const struct plan *plan = again->loaded->plan;
	for (size_t round = 0; round < plan->count; round++) {
		bool changed = false;
		for (size_t i = 0; i < plan->count; i++) {
			struct test_run *run = &again->grade.session.tests[i];
			const char *because = again->play[i] ? NULL : held_back(again, i);
			if (because != NULL && !(run->done && run->result.verdict == TEST_SKIPPED)) {
				run->result = (struct test_result){
					.test = plan->tests[i].test, .verdict = TEST_SKIPPED, .max_points = plan->tests[i].test->points};
				run->result.reason = arena_printf(again->arena, "not tried: it needs %s, which did not pass", because);
				run->done = changed = true;
				timeline_destroy(run->timeline);
				run->timeline = NULL;
			}
		}
		if (!changed)
			break;
	}
	for (size_t i = 0; i < plan->count; i++) {
		if (!again->grade.session.tests[i].done)
			again->play[i] = true;
		again->plays += again->play[i];
	}
}

/* Plays the marked tests with the stored files; their runs take the place of the old ones. */
static bool play(struct again *again)
{
	const struct class_batch *batch = again->regrade->batch;
	const struct plan *plan = again->loaded->plan;
	char *folder = arena_printf(again->arena, "%s/r-XXXXXX", batch->work);
	if (mkdtemp(folder) == NULL)
		return diags_errno(&again->diags, "a temporary folder %s", folder);
	struct grade grade;
	struct grade_request request = {.host = &batch->host,
	                                .plan = plan,
	                                .assignment = again->loaded->assignment,
	                                .submission = folder,
	                                .options = {.jobs = 1, .repeat = batch->repeat, .selected = again->play}};
	bool good = book_submission_write(again->book, again->stored->key.submission, folder, &again->diags) &&
	            grade_submission(&grade, &request, again->arena, &again->diags);
	folder_remove(folder);
	if (!good)
		return false;
	again->grade.result.built = grade.result.built;
	again->grade.result.build_output = grade.result.build_output;
	again->grade.result.rung = grade.result.rung;
	for (size_t i = 0; i < plan->count; i++) {
		struct test_run *to = &again->grade.session.tests[i], *from = &grade.session.tests[i];
		if (!from->done)
			continue;
		timeline_destroy(to->timeline);
		*to = *from;
		from->timeline = NULL;
	}
	grade_release(&grade);
	return true;
}

static bool judge_all(struct again *again)
{
	const struct plan *plan = again->loaded->plan;
	struct session *session = &again->grade.session;
	*session = (struct session){.plan = plan, .arena = again->arena};
	session->tests = arena_array(again->arena, plan->count + 1, sizeof(struct test_run));
	again->play = arena_array(again->arena, plan->count + 1, sizeof(bool));
	struct result *result = &again->grade.result;
	result->built = again->before->built;
	result->build_output = again->before->build_output;
	result->submission = again->before->submission;
	for (enum rung rung = RUNG_A; rung <= RUNG_E; rung++) {
		if (strcmp(rung_word(rung), again->stored->key.rung) == 0)
			result->rung = rung;
	}
	memcpy(result->submission_digest, again->before->submission_digest, sizeof(result->submission_digest));
	bool unbuilt = !again->before->built &&
	               strcmp(again->stored->key.definition, class_key(again->loaded, "", result->rung).definition) == 0;
	for (size_t i = 0; i < plan->count; i++) {
		struct test_run *run = &session->tests[i];
		if (unbuilt) {
			run->done = true;
			run->result = (struct test_result){
				.test = plan->tests[i].test, .verdict = TEST_FAIL, .max_points = plan->tests[i].test->points};
			run->result.reason = "the submission does not build";
		} else if (!test_again(again, i)) {
			return false;
		}
	}
	requirements_apply(again);
	if (again->plays > 0 && !play(again))
		return false;
	grade_result(result, session, again->loaded->assignment, again->arena);
	return true;
}

static bool differences(struct again *again, struct text *text)
{
	const struct result *now = &again->grade.result;
	bool points = again->before->points < now->points || again->before->points > now->points ||
	              again->before->max_points < now->max_points || again->before->max_points > now->max_points;
	size_t count = 0;
	for (size_t i = 0; i < now->test_count; i++) {
		const struct test_result *test = &now->tests[i], *old = former(again, test->test->name);
		if (old != NULL && old->verdict == test->verdict)
			continue;
		text_printf(text, "%s%s: %s -> %s", count++ > 0 ? ", " : "", test->test->name,
		            old != NULL ? test_verdict_word(old->verdict) : "new", test_verdict_word(test->verdict));
	}
	return points || count > 0;
}

static bool store(struct again *again, bool *failed)
{
	const struct class_batch *batch = again->regrade->batch;
	struct class_record record = {.student = again->stored->student,
	                              .folder = again->stored->folder,
	                              .late = again->stored->late,
	                              .notes = again->stored->notes,
	                              .regraded = true,
	                              .column = batch->column,
	                              .recorded = again->plays == 0 ? again->stored->recorded : 0};
	return class_store(again->book, again->loaded, &again->grade, &record, failed, again->arena, &again->diags);
}

static enum regrade_word judged(struct again *again, const char **said)
{
	TEXT_AUTO tests = {0};
	const struct result *now = &again->grade.result;
	bool differs = differences(again, &tests), failed = false;
	*said = arena_printf(again->arena, "%.10g of %.10g -> %.10g of %.10g%s%s%s", again->before->points,
	                     again->before->max_points, now->points, now->max_points, tests.length > 0 ? "  (" : "",
	                     text_string(&tests), tests.length > 0 ? ")" : "");
	const char *failure = class_failure(now, again->arena);
	if (failure != NULL)
		*said = failure;
	if (again->regrade->write && failure == NULL && !store(again, &failed))
		return REGRADE_STAFF;
	return failure != NULL ? REGRADE_STAFF : differs ? REGRADE_CHANGED : REGRADE_EQUAL;
}

enum regrade_word regrade_student(const struct regrade *regrade, struct book *book, const struct stored_result *stored,
                                  const char **said, size_t *played, struct arena *arena)
{
	struct again again = {
		.regrade = regrade, .book = book, .stored = stored, .loaded = &regrade->batch->loaded, .arena = arena};
	diags_init(&again.diags, arena);
	struct run_key key = class_key(again.loaded, "", RUNG_A);
	if (strcmp(key.spec, stored->key.spec) == 0 && strcmp(key.definition, stored->key.definition) == 0 &&
	    strcmp(key.version, stored->key.version) == 0 && key.seed == stored->key.seed)
		return REGRADE_SAME;
	TEXT_AUTO json = {0};
	const struct view *view = NULL;
	if (book_run_result(book, stored->run, &json, &again.diags))
		view = result_json_read(text_string(&json), json.length, regrade->batch->book, arena, &again.diags);
	enum regrade_word word = REGRADE_STAFF;
	if (view != NULL) {
		again.before = &view->result;
		if (judge_all(&again))
			word = judged(&again, said);
	}
	if (word == REGRADE_STAFF && *said == NULL)
		*said = again.diags.count > 0 ? again.diags.list[again.diags.count - 1].message : "it cannot be judged again";
	*played = again.plays;
	if (again.grade.session.tests != NULL)
		grade_release(&again.grade);
	return word;
}
