#include "report/terminal.h"

#include "base/text.h"
#include "base/utf8.h"
#include "model/plan.h"
#include "report/cast.h"
#include "report/event_text.h"
#include "report/ladder.h"
#include "report/paint.h"
#include "timeline/timeline.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Steps shown in front of one that broke, and behind it; and at the very beginning. */
enum { STEPS_BEFORE = 12, STEPS_BEHIND = 4, STEPS_FIRST = 3 };

struct detail {
	struct text *out;
	const struct paint *paint;
	const struct cast *cast; /* NULL: no timeline */
};

static int number_compare(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
	return one < other ? -1 : one > other;
}

static void draw_evidence(struct detail *detail, const char *indent, const struct evidence *evidence)
{
	/* As it happened: the one that says most may come later. */
	struct evidence in_time = *evidence;
	qsort(in_time.events, in_time.count, sizeof(in_time.events[0]), number_compare);
	for (size_t i = 0; detail->cast != NULL && i < in_time.count; i++) {
		if (in_time.events[i] >= detail->cast->timeline->count)
			continue;
		const struct event *event = &detail->cast->timeline->events[in_time.events[i]];
		TEXT_AUTO first = {0};
		TEXT_AUTO words = {0};
		text_puts(&first, indent);
		paint_fold(&first, detail->paint, i == 0 ? "evidence  " : "          ");
		time_text(&words, event->time_ns);
		text_puts(&words, " ms: ");
		event_text(&words, detail->cast, event);
		paint_words(detail->out, detail->paint, INK_DIM, text_string(&first), text_string(&words));
	}
}

/* One line or paragraph with a label in front: "expected  …". */
static void draw_labelled(struct detail *detail, const char *label, enum ink ink, const char *words)
{
	if (words != NULL)
		paint_words(detail->out, detail->paint, ink, label, words);
}

static void draw_step(struct detail *detail, const struct step_result *step, size_t number)
{
	struct text *out = detail->out;
	static const enum glyph glyphs[] = {
		[STEP_MET] = GLYPH_PASS,
		[STEP_UNMET] = GLYPH_FAIL,
		[STEP_INCONCLUSIVE] = GLYPH_REVIEW,
		[STEP_NOT_REACHED] = GLYPH_NOT_REACHED,
	};
	static const enum ink inks[] = {
		[STEP_MET] = INK_GOOD,
		[STEP_UNMET] = INK_BAD,
		[STEP_INCONCLUSIVE] = INK_DOUBT,
		[STEP_NOT_REACHED] = INK_DIM,
	};
	enum ink ink = step->verdict == STEP_MET && !step->expectation ? INK_ACTION : inks[step->verdict];
	TEXT_AUTO first = {0};
	text_printf(&first, "  %3zu ", number);
	paint_puts(&first, detail->paint, ink, paint_glyph(detail->paint, glyphs[step->verdict]));
	text_puts(&first, " ");
	text_puts(out, text_string(&first));
	TEXT_AUTO words = {0};
	paint_escaped(&words, detail->paint, step->text);
	const char *at = text_string(&words);
	for (bool more = true; more;) {
		const char *next;
		size_t bytes = paint_break(at, paint_columns(detail->paint) - 8, &next);
		TEXT_AUTO line = {0};
		text_add(&line, at, bytes);
		paint_puts(out, detail->paint, ink, text_string(&line));
		text_puts(out, "\n");
		at = next;
		more = *at != '\0';
		if (more)
			paint_spaces(out, 8);
	}
	if (step->verdict != STEP_UNMET && step->verdict != STEP_INCONCLUSIVE)
		return;
	draw_labelled(detail, "        expected  ", INK_PLAIN, step->expected);
	draw_labelled(detail, "        seen      ", ink, step->seen);
	draw_evidence(detail, "        ", &step->evidence);
	if (step->by_deadline)
		draw_labelled(detail, "        ", INK_DOUBT,
		              "No evidence could decide this here; it was not seen within the time limit.");
}

/* Long lists are shown around what broke. */
static bool *steps_to_show(const struct test_result *test)
{
	bool *show = calloc(test->step_count + 1, sizeof(*show));
	if (show == NULL)
		abort();
	bool broken = false;
	for (size_t i = 0; i < test->step_count; i++) {
		enum step_verdict verdict = test->steps[i].verdict;
		show[i] = show[i] || i < STEPS_FIRST;
		if (verdict != STEP_UNMET && verdict != STEP_INCONCLUSIVE)
			continue;
		broken = true;
		for (size_t j = i > STEPS_BEFORE ? i - STEPS_BEFORE : 0; j <= i + STEPS_BEHIND && j < test->step_count; j++)
			show[j] = true;
	}
	for (size_t i = 0; i < test->step_count && !broken; i++)
		show[i] = i < STEPS_FIRST + STEPS_BEFORE || i + STEPS_BEHIND >= test->step_count;
	return show;
}

static void draw_steps(struct detail *detail, const struct test_result *test)
{
	bool *show = steps_to_show(test);
	for (size_t i = 0; i < test->step_count;) {
		if (show[i]) {
			draw_step(detail, &test->steps[i], i + 1);
			i++;
			continue;
		}
		size_t from = i;
		while (i < test->step_count && !show[i])
			i++;
		text_printf(detail->out, "      %s %zu step%s\n", paint_glyph(detail->paint, GLYPH_ELLIPSIS), i - from,
		            i - from == 1 ? "" : "s");
	}
	free(show);
}

static const char *rule_sentence(enum rule rule)
{
	switch (rule) {
	case RULE_CRASH:
		return "A program must not crash";
	case RULE_SPIN:
		return "A program must not burn CPU while nothing happens";
	case RULE_RESET:
		return "A program must not reset a connection";
	case RULE_EXTRA:
		return "A program must send nothing that it was not asked for";
	}
	return "";
}

static void draw_rules(struct detail *detail, const struct test_result *test)
{
	for (size_t i = 0; i < test->rule_count; i++) {
		const struct rule_result *rule = &test->rules[i];
		text_puts(detail->out, "      ");
		paint_puts(detail->out, detail->paint, INK_BAD, paint_glyph(detail->paint, GLYPH_FAIL));
		TEXT_AUTO words = {0};
		text_printf(&words, "%s (rule %s)", rule_sentence(rule->rule), rule_word(rule->rule));
		paint_words(detail->out, detail->paint, INK_BAD, " ", text_string(&words));
		draw_labelled(detail, "        seen      ", INK_BAD, rule->seen);
		draw_evidence(detail, "        ", &rule->evidence);
	}
}

static void draw_test_findings(struct detail *detail, const struct view *view, const struct test_result *test)
{
	for (size_t i = 0; i < view->result.finding_count; i++) {
		const struct finding *finding = &view->result.findings[i];
		if (strcmp(finding->test, test->test->name) != 0)
			continue;
		TEXT_AUTO label = {0};
		TEXT_AUTO ask = {0};
		text_printf(&label, "%s%s", finding->id, finding->robustness ? " (robustness)" : "");
		text_printf(&ask, "grader explain %s", finding->id);
		text_puts(detail->out, "\n");
		draw_labelled(detail, "  Finding: ", INK_STRONG, text_string(&label));
		draw_labelled(detail, "    ", INK_PLAIN, finding->sentence);
		draw_labelled(detail, "    ", INK_DIM, text_string(&ask));
	}
}

static bool has_details(const struct test_result *test, const struct recorded *recorded)
{
	return test->step_count > 0 || test->rule_count > 0 || test->test->hint != NULL || recorded->timeline != NULL;
}

/* The reason of a test is what its first broken step or rule says at length. */
static bool steps_tell(const struct test_result *test)
{
	for (size_t i = 0; i < test->step_count; i++)
		if (test->steps[i].verdict == STEP_UNMET || test->steps[i].verdict == STEP_INCONCLUSIVE)
			return true;
	return test->rule_count > 0;
}

/* What the grader had made of the circumstances, as a sentence of its own. */
static void draw_circumstances(struct detail *detail, const struct view *view, const struct test_result *test)
{
	if (test->under == NULL)
		return;
	TEXT_AUTO words = {0};
	TEXT_AUTO again = {0};
	text_printf(&words, "%c%s.", toupper((unsigned char)test->under[0]), test->under + 1);
	if (steps_tell(test)) /* else the reason says it */
		paint_words(detail->out, detail->paint, INK_STRONG, "   ", text_string(&words));
	if (test->test->vary_segments + test->test->vary_shorts == 0)
		return;
	text_printf(&again, "The same again: grader run --seed %" PRIu64 " --test %s", view->result.seed, test->test->name);
	paint_words(detail->out, detail->paint, INK_DIM, "   ", text_string(&again));
}

/* The test's name in a rule across the width, then what it is about. */
static void draw_title(struct detail *detail, const struct view *view, const struct test_result *test)
{
	const struct paint *paint = detail->paint;
	struct text *out = detail->out;
	enum ink ink = test->verdict == TEST_FAIL ? INK_BAD : INK_DOUBT;
	TEXT_AUTO points = {0};
	points_text(&points, test->points);
	text_puts(&points, "/");
	points_text(&points, test->max_points);
	text_puts(out, "\n");
	paint_begin(out, paint, INK_DIM);
	paint_repeat(out, paint, GLYPH_RULE, 2);
	paint_end(out, paint, INK_DIM);
	text_puts(out, " ");
	size_t room = paint_columns(paint) - points.length - 6;
	size_t wide = paint_cut(out, paint, ink, test->test->name, room);
	text_puts(out, " ");
	paint_begin(out, paint, INK_DIM);
	paint_repeat(out, paint, GLYPH_RULE, room - wide + 1);
	paint_end(out, paint, INK_DIM);
	text_puts(out, " ");
	paint_puts(out, paint, ink, text_string(&points));
	text_puts(out, "\n");
	if (test->test->title != NULL)
		paint_words(out, paint, INK_STRONG, "   ", test->test->title);
	if (test->test->cite != NULL)
		paint_words(out, paint, INK_DIM, "   ", test->test->cite);
	if (test->reason != NULL && !steps_tell(test))
		paint_words(out, paint, ink, "   ", test->reason);
	draw_circumstances(detail, view, test);
	if (test->step_count > 0 || test->rule_count > 0)
		text_puts(out, "\n");
}

void terminal_test_details(struct text *out, const struct paint *paint, const struct view *view, size_t index,
                           size_t ladder_rows)
{
	const struct test_result *test = &view->result.tests[index];
	const struct recorded *recorded = &view->recorded[index];
	/* Nothing was run: the compiler's words in the summary are all that helps. */
	if (!view->result.built)
		return;
	if (test->verdict == TEST_PASS || test->verdict == TEST_SKIPPED || !has_details(test, recorded))
		return;
	struct cast *cast = NULL;
	if (recorded->plan != NULL && recorded->timeline != NULL) {
		cast = calloc(1, sizeof(*cast));
		if (cast == NULL)
			abort();
		cast_init(cast, recorded->plan, recorded->timeline);
	}
	struct detail detail = {.out = out, .paint = paint, .cast = cast};
	draw_title(&detail, view, test);
	draw_steps(&detail, test);
	draw_rules(&detail, test);
	draw_test_findings(&detail, view, test);
	if (test->test->hint != NULL) {
		text_puts(out, "\n");
		paint_words(out, paint, INK_STRONG, "  Hint: ", test->test->hint);
	}
	if (cast != NULL && ladder_rows > 0) {
		struct evidence marked = view_evidence(view, test);
		text_puts(out, "\n");
		ladder_draw(out, paint, recorded->plan, recorded->timeline, &marked, ladder_rows);
	}
	free(cast);
}
