#include "cli/class.h"

#include "cli/cli.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "report/result_json.h"
#include "report/visible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS_MOST = 512, FINDINGS_SHOWN = 10, FAILURES_SHOWN = 50 };

struct tally {
	size_t *passed, *played; /* by test of the spec */
	struct found {
		char id[64];
		size_t count;
	} findings[FINDINGS_MOST];
	size_t finding_count;
	size_t graded, everything, staff, review, unbuilt;
	double points, max_points;
	struct text failures;
};

static void finding_count(struct tally *tally, const char *id)
{
	size_t at = 0;
	while (at < tally->finding_count && strcmp(tally->findings[at].id, id) != 0)
		at++;
	if (at == FINDINGS_MOST)
		return;
	if (at == tally->finding_count) {
		struct found *found = &tally->findings[tally->finding_count++];
		found->count = 0;
		snprintf(found->id, sizeof(found->id), "%s", id);
	}
	tally->findings[at].count++;
}

static void result_count(struct tally *tally, const struct spec *spec, const struct result *result)
{
	bool everything = result->built;
	for (size_t i = 0; i < result->test_count; i++) {
		bool passed = result->tests[i].verdict == TEST_PASS;
		everything = everything && passed;
		for (size_t j = 0; j < spec->test_count; j++) {
			if (strcmp(spec->tests[j].name, result->tests[i].test->name) == 0) {
				tally->played[j]++;
				tally->passed[j] += passed;
			}
		}
	}
	for (size_t i = 0; i < result->finding_count; i++)
		finding_count(tally, result->findings[i].id);
	tally->everything += everything;
	tally->unbuilt += !result->built;
}

static void stored_count(struct tally *tally, struct book *book, const struct spec *spec,
                         const struct stored_result *stored, struct diags *diags)
{
	if (stored->run == 0) {
		if (tally->staff++ < FAILURES_SHOWN) {
			text_printf(&tally->failures, "needs staff: %s (", stored->student);
			text_escaped(&tally->failures, stored->folder, strlen(stored->folder), 100, false);
			text_printf(&tally->failures, "): %s\n", stored->failure);
		}
		return;
	}
	if (stored->review != NULL && tally->review++ < FAILURES_SHOWN)
		text_printf(&tally->failures, "%s: %s\n", stored->student, stored->review);
	tally->graded++;
	tally->points += stored->points;
	tally->max_points = stored->max_points;
	/* One result at a time: a class of thousands takes no more memory than its largest. */
	struct arena *arena = arena_create();
	TEXT_AUTO json = {0};
	if (book_run_result(book, stored->run, &json, diags)) {
		const struct view *view = result_json_read(text_string(&json), json.length, book_path(book), arena, diags);
		if (view != NULL)
			result_count(tally, spec, &view->result);
	}
	arena_destroy(arena);
}

static int found_order(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->id, y->id);
}

static void tally_print(struct tally *tally, const struct spec *spec)
{
	TEXT_AUTO text = {0};
	text_printf(&text, "\n%zu graded", tally->graded);
	if (tally->graded > 0)
		text_printf(&text, ", %zu passed everything, mean %.4g of %.10g points", tally->everything,
		            tally->points / (double)tally->graded, tally->max_points);
	if (tally->unbuilt > 0)
		text_printf(&text, ", %zu did not build", tally->unbuilt);
	text_puts(&text, "\n\npassed   of  test\n");
	for (size_t i = 0; i < spec->test_count; i++) {
		if (tally->played[i] > 0)
			text_printf(&text, "%6zu %4zu  %s%s\n", tally->passed[i], tally->played[i], spec->tests[i].name,
			            spec->tests[i].hidden ? " (hidden)" : "");
	}
	if (tally->finding_count > 0)
		qsort(tally->findings, tally->finding_count, sizeof(tally->findings[0]), found_order);
	for (size_t i = 0; i < tally->finding_count && i < FINDINGS_SHOWN; i++)
		text_printf(&text, "%s%6zu  %s\n", i == 0 ? "\nmost frequent findings\n" : "", tally->findings[i].count,
		            tally->findings[i].id);
	if (tally->failures.length > 0)
		text_printf(&text, "\n%s", text_string(&tally->failures));
	if (tally->staff + tally->review > 2 * FAILURES_SHOWN)
		text_puts(&text, "… `grader book list` has them all\n");
	print_text(text_string(&text), text.length);
}

void class_summary(const struct invocation *invocation, struct book *book, const struct loaded *loaded,
                   struct diags *diags)
{
	(void)invocation;
	struct arena *arena = arena_create();
	struct tally *tally = arena_alloc(arena, sizeof(*tally));
	struct stored_result *results;
	size_t count;
	tally->passed = arena_array(arena, loaded->spec->test_count + 1, sizeof(size_t));
	tally->played = arena_array(arena, loaded->spec->test_count + 1, sizeof(size_t));
	if (book_results(book, loaded->assignment->name, NULL, true, &results, &count, arena, diags)) {
		for (size_t i = 0; i < count; i++)
			stored_count(tally, book, loaded->spec, &results[i], diags);
		tally_print(tally, loaded->spec);
	}
	text_release(&tally->failures);
	arena_destroy(arena);
}
