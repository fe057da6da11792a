#include "cli/class.h"

#include "cli/cli.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/sha256.h"
#include "base/text.h"
#include "gradebook/outbox.h"
#include "model/plan_digest.h"
#include "report/format.h"
#include "report/formats/plain.h"
#include "report/result_json.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *operator_name(struct arena *arena)
{
	const struct passwd *user = getpwuid(getuid());
	return arena_printf(arena, "%s (uid %u)", user != NULL ? user->pw_name : "?", getuid());
}

struct book *book_option_open(const struct invocation *invocation, enum book_access access)
{
	const char *path = option_value(invocation, "book");
	struct diags diags;
	diags_init(&diags, invocation->arena);
	if (path == NULL) {
		print_error("which gradebook?  --book FILE, such as --book course.db");
		return NULL;
	}
	struct book *book = book_open(path, access, operator_name(invocation->arena), &diags);
	print_diags(&diags);
	return book;
}

static const uint8_t *definition_digest(const struct loaded *loaded, uint8_t into[static SHA256_BYTES])
{
	const bool *asked = loaded->plan->student, *own = loaded->assignment->student;
	if (asked[0] == own[0] && asked[1] == own[1])
		return loaded->assignment->digest;
	struct sha256 sha;
	uint8_t roles[2] = {asked[0], asked[1]};
	sha256_begin(&sha);
	sha256_add(&sha, loaded->assignment->digest, SHA256_BYTES);
	sha256_add(&sha, roles, sizeof(roles));
	sha256_end(&sha, into);
	return into;
}

struct run_key class_key(const struct loaded *loaded, const char *submission_digest, enum rung rung)
{
	struct run_key key = {.assignment = loaded->assignment->name,
	                      .submission = submission_digest,
	                      .version = GRADER_VERSION,
	                      .rung = rung_word(rung),
	                      .seed = loaded->plan->seed};
	char hex[SHA256_HEX];
	uint8_t digest[SHA256_BYTES];
	key.spec = arena_string(loaded->arena, sha256_hex(loaded->spec->digest, hex));
	key.definition = arena_string(loaded->arena, sha256_hex(definition_digest(loaded, digest), hex));
	return key;
}

const char *class_failure(const struct result *result, struct arena *arena)
{
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		if (test->verdict == TEST_ERROR)
			return arena_printf(arena, "%s: %s", test->test->name, test->reason != NULL ? test->reason : "not played");
	}
	return NULL;
}

const char *class_review(const struct result *result, struct arena *arena)
{
	size_t count = 0;
	const char *first = NULL;
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		if (test->verdict != TEST_INCONCLUSIVE && !test->unstable)
			continue;
		count++;
		if (first == NULL)
			first = test->test->name;
	}
	if (count == 0)
		return NULL;
	return count == 1
	           ? arena_printf(arena, "needs review: no verdict is certain for the test %s", first)
	           : arena_printf(arena, "needs review: no verdict is certain for %zu tests, %s first", count, first);
}

const char *class_comment(const struct result *result, const char *notes, struct arena *arena)
{
	const struct view *view = view_create(result, NULL, AUDIENCE_STUDENT, arena);
	TEXT_AUTO text = {.ceiling = OUTBOX_COMMENT_BYTES};
	size_t passed = 0;
	for (size_t i = 0; i < view->result.test_count; i++)
		passed += view->result.tests[i].verdict == TEST_PASS;
	text_printf(&text, "%.10g of %.10g points.", result->points, result->max_points);
	if (!result->built)
		text_puts(&text, "\nThe submission does not build.");
	else
		text_printf(&text, "\n%zu of the %zu tests shown passed.", passed, view->result.test_count);
	size_t skipped = 0;
	for (size_t i = 0; result->built && i < view->result.test_count; i++) {
		enum test_verdict verdict = view->result.tests[i].verdict;
		skipped += verdict == TEST_SKIPPED;
		if (verdict == TEST_PASS || verdict == TEST_SKIPPED)
			continue;
		TEXT_AUTO line = {0};
		plain_message(&line, &view->result.tests[i]);
		text_printf(&text, "\n%s: ", view->result.tests[i].test->name);
		text_puts(&text, text_string(&line));
	}
	if (skipped > 0)
		text_printf(&text, "\n%zu not tried: each needs one that did not pass.", skipped);
	if (notes != NULL)
		text_printf(&text, "\n%s", notes);
	return arena_string(arena, text_string(&text));
}

static struct recording *recordings_make(const struct loaded *loaded, const struct session *session, size_t *count,
                                         struct arena *arena)
{
	const struct plan *plan = session->plan;
	struct recording *list = arena_array(arena, plan->count + 1, sizeof(*list));
	*count = 0;
	for (size_t i = 0; i < plan->count; i++) {
		const struct test_run *run = &session->tests[i];
		if (!run->done || run->timeline == NULL)
			continue;
		struct recording *recording = &list[(*count)++];
		recording->test = plan->tests[i].test->name;
		recording->timeline = run->timeline;
		plan_actions_digest(&plan->tests[i], loaded->assignment, recording->actions);
		plan_lines_digest(&plan->tests[i], loaded->assignment, recording->lines);
	}
	return list;
}

bool class_store(struct book *book, const struct loaded *loaded, const struct grade *grade,
                 const struct class_record *record, bool *failed, struct arena *arena, struct diags *diags)
{
	const struct result *result = &grade->result;
	TEXT_AUTO json = {0};
	struct result_record entry = {.student = record->student,
	                              .assignment = loaded->assignment->name,
	                              .folder = record->folder,
	                              .late = record->late,
	                              .notes = record->notes,
	                              .regraded = record->regraded,
	                              .column = record->column};
	struct run_record run = {.key = class_key(loaded, result->submission_digest, result->rung),
	                         .points = result->points,
	                         .max_points = result->max_points,
	                         .result = &json,
	                         .recorded = record->recorded,
	                         .files = record->files,
	                         .file_count = record->file_count};
	entry.failure = class_failure(result, arena);
	*failed = entry.failure != NULL;
	if (!*failed) {
		struct view *view = view_create(result, NULL, AUDIENCE_INSTRUCTOR, arena);
		/* The times and words of the evidence are in the recordings. */
		result_json_write(&json, view, GRADER_VERSION, false);
		if (record->recorded == 0)
			run.recordings = recordings_make(loaded, &grade->session, &run.recording_count, arena);
		entry.record = &run;
		entry.review = class_review(result, arena);
		entry.comment = class_comment(result, record->notes, arena);
	}
	return book_result_add(book, &entry, now_ms(), diags);
}
