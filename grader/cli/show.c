#include "cli/cli.h"

#include "cli/load.h"
#include "cli/output.h"

#include "base/arena.h"
#include "base/text.h"
#include "judge/judge.h"
#include "report/ladder.h"
#include "run/session.h"

#include <string.h>

static struct evidence all_evidence(const struct test_result *result)
{
	struct evidence evidence = {0};
	for (size_t i = 0; i < result->step_count; i++) {
		const struct evidence *from = &result->steps[i].evidence;
		for (size_t j = 0; j < from->count && result->steps[i].verdict == STEP_UNMET && evidence.count < EVIDENCE_MOST;
		     j++)
			evidence.events[evidence.count++] = from->events[j];
	}
	for (size_t i = 0; i < result->rule_count; i++) {
		for (size_t j = 0; j < result->rules[i].evidence.count && evidence.count < EVIDENCE_MOST; j++)
			evidence.events[evidence.count++] = result->rules[i].evidence.events[j];
	}
	return evidence;
}

/* The named test, or the first that failed, or the first: of those whose details the audience may see. */
static size_t test_choose(const struct invocation *invocation, struct loaded *loaded, struct stored_run *stored,
                          enum audience audience, struct diags *diags)
{
	const struct plan *plan = loaded->plan;
	const char **names = arena_array(invocation->arena, plan->count + 1, sizeof(char *));
	size_t first = plan->count, count = 0;
	for (size_t i = 0; i < plan->count; i++) {
		const struct test *test = plan->tests[i].test;
		if (!view_details(test, audience))
			continue;
		names[count++] = test->name;
		if (invocation->positional_count == 2 && strcmp(test->name, invocation->positional[1]) == 0)
			return i;
	}
	if (invocation->positional_count == 2) {
		const char *near = nearest_word(invocation->positional[1], names);
		print_error("there is no test %s to be shown%s%s%s", invocation->positional[1],
		            near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
		return plan->count;
	}
	for (size_t i = 0; i < plan->count; i++) {
		if (!view_details(plan->tests[i].test, audience))
			continue;
		struct timeline *timeline = store_timeline(stored, plan->tests[i].test->name, diags);
		if (timeline == NULL)
			continue;
		struct test_result result;
		session_judge(plan, i, timeline, NULL, invocation->arena, &result);
		timeline_destroy(timeline);
		if (result.verdict != TEST_PASS)
			return i;
		if (first == plan->count)
			first = i;
	}
	if (first == plan->count)
		print_error("no test of this run has a timeline");
	return first;
}

static int show_loaded(struct invocation *invocation, struct loaded *loaded, struct stored_run *stored,
                       struct diags *diags)
{
	unsigned long rows;
	bool given;
	enum audience audience;
	if (!audience_option(invocation, &given, &audience) || !option_number(invocation, "rows", 100000, 120, &rows))
		return EXIT_BAD_USAGE;
	size_t index = test_choose(invocation, loaded, stored, audience, diags);
	if (index == loaded->plan->count)
		return EXIT_BAD_USAGE;
	const struct plan_test *test = &loaded->plan->tests[index];
	struct timeline *timeline = store_timeline(stored, test->test->name, diags);
	print_diags(diags);
	if (timeline == NULL) {
		print_error("the test %s was not run: there is nothing to show", test->test->name);
		return EXIT_BAD_USAGE;
	}
	struct test_result result;
	session_judge(loaded->plan, index, timeline, NULL, invocation->arena, &result);
	struct evidence marked = all_evidence(&result);
	TEXT_AUTO text = {0};
	paint_puts(&text, &invocation->paint, INK_STRONG, test->test->name);
	text_printf(&text, "  %s  (%s)\n\n", test->test->title, test_verdict_word(result.verdict));
	ladder_draw(&text, &invocation->paint, test, timeline, &marked, rows);
	print_text(text_string(&text), text.length);
	timeline_destroy(timeline);
	return EXIT_ALL_PASSED;
}

static int show(struct invocation *invocation)
{
	if (invocation->positional_count < 1 || invocation->positional_count > 2) {
		print_error("which run?  grader show RUN [TEST]");
		return EXIT_BAD_USAGE;
	}
	return load_kept(invocation, invocation->positional[0], show_loaded);
}

static const struct option_row options[] = {
	{"rows", "N", "at most N rows; the middle is left out first (default: 120)", false},
	{"as", "WHO", "student (default) or instructor: hidden tests, too", false},
	{"color", "WHEN", "always, never or auto", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_show = {
	"show",
	"RUN [TEST]",
	"draw a test of a kept run: calls, segments and states",
	"Draws the ladder diagram of one test: the student's calls on one side, the reference peer's on the "
	"other, the segments between them, the TCP states at the edges. Without TEST: the first that did not "
	"pass.",
	options,
	show,
};
