/* Workflow commands of GitHub Actions, one a line: annotations that a pull request shows.  Ten of a kind are taken for a
 * step, the others dropped silently; so the tenth tells how many are missing.  Whatever a student chose is in the
 * message, where %, CR and LF are escaped: no line begins with it, so it is never a command. */
#include "report/formats/rows.h"

#include "base/text.h"
#include "report/formats/plain.h"
#include "report/terminal.h"

#include <string.h>

enum { ANNOTATIONS_MOST = 10 };

/* GitHub decodes these in messages; in properties, ':' and ',' too. */
static void add_escaped(struct text *out, const char *at, bool property)
{
	for (; *at != '\0'; at++) {
		bool escape = *at == '%' || *at == '\r' || *at == '\n' || (property && (*at == ':' || *at == ','));
		if (escape)
			text_printf(out, "%%%02X", (unsigned)(unsigned char)*at);
		else
			text_add(out, at, 1);
	}
}

/* The student's own line where one is known, else the spec's. */
static void add_place(struct text *out, const struct spec *spec, const struct step_result *step, const char *source)
{
	const char *colon = source != NULL ? strrchr(source, ':') : NULL;
	if (colon != NULL) {
		TEXT_AUTO file = {0};
		text_add(&file, source, (size_t)(colon - source));
		text_puts(out, "file=");
		add_escaped(out, text_string(&file), true);
		text_printf(out, ",line=%s,", colon + 1);
	} else if (step != NULL && step->place.line > 0 && spec != NULL && spec->path != NULL) {
		TEXT_AUTO path = {0};
		plain_words(&path, spec->path);
		text_puts(out, "file=");
		add_escaped(out, text_string(&path), true);
		text_printf(out, ",line=%u,", step->place.line);
	}
}

static void add_command(struct text *out, const char *kind, const struct spec *spec, const struct step_result *step,
                        const char *source, const char *title, const char *message)
{
	text_printf(out, "::%s ", kind);
	add_place(out, spec, step, source);
	TEXT_AUTO words = {0};
	plain_words(&words, title);
	text_puts(out, "title=");
	add_escaped(out, text_string(&words), true);
	text_puts(out, "::");
	add_escaped(out, message, false);
	text_puts(out, "\n");
}

static void add_line(struct text *out, const char *label, const char *words)
{
	if (words == NULL)
		return;
	text_printf(out, "%s%s", out->length > 0 ? "\n" : "", label);
	plain_words(out, words);
}

static void test_message(struct text *out, const struct view *view, const struct test_result *test)
{
	const struct step_result *step = plain_broken(test);
	if (step != NULL) {
		add_line(out, "", step->text);
		add_line(out, "expected: ", step->expected);
		add_line(out, "seen: ", step->seen);
	} else {
		plain_message(out, test);
	}
	for (size_t i = 0; i < view->result.finding_count; i++) {
		const struct finding *finding = &view->result.findings[i];
		if (finding->test != NULL && strcmp(finding->test, test->test->name) == 0)
			add_line(out, "finding: ", finding->sentence);
	}
	add_line(out, "hint: ", test->test->hint);
}

/* Of the first finding of the test that has one. */
static const char *source_of(const struct result *result, const struct test_result *test)
{
	for (size_t i = 0; i < result->finding_count; i++) {
		const struct finding *finding = &result->findings[i];
		if (finding->source != NULL && finding->test != NULL && strcmp(finding->test, test->test->name) == 0)
			return finding->source;
	}
	return NULL;
}

static bool accused(const struct test_result *test)
{
	return test->verdict == TEST_FAIL;
}

static bool in_doubt(const struct test_result *test)
{
	return test->verdict == TEST_INCONCLUSIVE || test->verdict == TEST_ERROR ||
	       (test->verdict == TEST_PASS && test->unstable);
}

static void annotate(struct text *out, const struct view *view, const char *kind,
                     bool (*wanted)(const struct test_result *))
{
	const struct result *result = &view->result;
	size_t count = 0, written = 0;
	for (size_t i = 0; i < result->test_count; i++)
		count += wanted(&result->tests[i]);
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		if (!wanted(test))
			continue;
		TEXT_AUTO message = {0};
		if (++written == ANNOTATIONS_MOST && count > ANNOTATIONS_MOST) {
			text_printf(&message, "%zu more tests; the summary of this step has them all",
			            count - ANNOTATIONS_MOST + 1);
			add_command(out, kind, NULL, NULL, NULL, "and more", text_string(&message));
			return;
		}
		if (in_doubt(test))
			plain_message(&message, test);
		else
			test_message(&message, view, test);
		add_command(out, kind, result->spec, plain_broken(test), source_of(result, test), test->test->name,
		            text_string(&message));
	}
}

static void write_github(struct text *out, const struct view *view, const struct format_context *context)
{
	const struct result *result = &view->result;
	TEXT_AUTO sum = {0};
	if (result->built) {
		annotate(out, view, "error", accused);
		annotate(out, view, "warning", in_doubt);
	} else {
		plain_build(&sum, view, 3000);
		add_command(out, "error", NULL, NULL, NULL, "the submission does not build", text_string(&sum));
		text_release(&sum);
	}
	points_text(&sum, result->points);
	text_puts(&sum, "/");
	points_text(&sum, result->max_points);
	text_puts(&sum, view->partial ? " points in the tests shown" : " points");
	if (context->grade.errors > 0)
		text_puts(&sum, "; not all tests could be graded, so this is no score");
	add_command(out, "notice", NULL, NULL, NULL, "Grade", text_string(&sum));
}

const struct format format_github = {
	.name = "github",
	.help = "GitHub Actions' annotations: print it in a workflow, and the failing lines stand in the pull request",
	.audience = AUDIENCE_STUDENT,
	.write = write_github,
};
