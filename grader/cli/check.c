#include "cli/cli.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/text.h"
#include "spec/assignment.h"
#include "spec/check.h"
#include "spec/plan.h"
#include "spec/spec.h"

#include <string.h>

/* An assignment has `spec:`, a spec has `tests:`; a file with neither is told what it lacks as a spec. */
static bool is_assignment(const char *path)
{
	TEXT_AUTO content = {0};
	if (!file_read(path, (size_t)1 << 20, &content))
		return false;
	bool spec = false, tests = false;
	for (const char *line = text_string(&content); line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		spec = spec || strncmp(line, "spec:", 5) == 0 || strncmp(line, "run:", 4) == 0 ||
		       strncmp(line, "student:", 8) == 0;
		tests = tests || strncmp(line, "tests:", 6) == 0;
	}
	return spec && !tests;
}

static void spec_check_file(const char *path, struct arena *arena, struct diags *diags)
{
	struct spec *spec = spec_load(path, 1, arena, diags);
	if (spec != NULL)
		spec_check(spec, diags);
}

/* " (2 tests of the spec grade the other role only: reorder, window)" */
static const char *left_out(const struct spec *spec, const struct plan *plan, struct arena *arena)
{
	enum { NAMED = 4 };
	size_t missing = spec->test_count - plan->count, told = 0;
	TEXT_AUTO text = {0};
	text_printf(&text, " (%zu %s of the spec %s the other role only: ", missing, missing == 1 ? "test" : "tests",
	            missing == 1 ? "grades" : "grade");
	for (size_t i = 0, next = 0; i < spec->test_count && told < NAMED; i++) {
		if (next < plan->count && plan->tests[next].index == i)
			next++;
		else
			text_printf(&text, "%s%s", told++ > 0 ? ", " : "", spec->tests[i].name);
	}
	text_puts(&text, missing > NAMED ? ", …)" : ")");
	return arena_string(arena, text_string(&text));
}

/* *note: what to say behind a file that is good. */
static void check_file(const char *path, const char **note, struct arena *arena, struct diags *diags)
{
	if (!is_assignment(path)) {
		spec_check_file(path, arena, diags);
		return;
	}
	struct assignment *assignment = assignment_load(path, arena, diags);
	if (assignment == NULL)
		return;
	struct spec *spec = spec_load(assignment->spec_path, 1, arena, diags);
	if (spec == NULL)
		return;
	spec_check(spec, diags);
	const struct plan *plan = plan_make(spec, assignment, assignment->student, 1, arena, diags);
	if (plan != NULL && plan->count < spec->test_count)
		*note = left_out(spec, plan, arena);
}

static bool same_place(const struct diag *one, const struct diag *two)
{
	return one->file != NULL && two->file != NULL && strcmp(one->file, two->file) == 0 && one->line == two->line &&
	       one->column == two->column && strcmp(one->message, two->message) == 0;
}

/* Prints what was not told of another file already: an assignment shows its spec's mistakes, too. */
static void print_new(const struct diags *diags, struct diags *told, struct arena *arena)
{
	struct diags fresh;
	diags_init(&fresh, arena);
	for (size_t i = 0; i < diags->count; i++) {
		const struct diag *diag = &diags->list[i];
		bool known = false;
		for (size_t j = 0; j < told->count && !known; j++)
			known = same_place(diag, &told->list[j]);
		if (known)
			continue;
		diags_add(&fresh, diag->kind, diag->file, diag->line, diag->column, "%s", diag->message);
		diags_add(told, diag->kind, diag->file, diag->line, diag->column, "%s", diag->message);
	}
	if (diags->errors > diags->count)
		fresh.errors += diags->errors - diags->count;
	print_diags(&fresh);
}

static int check(struct invocation *invocation)
{
	if (invocation->positional_count == 0) {
		print_error("which file?  grader check FILE…");
		return EXIT_BAD_USAGE;
	}
	size_t errors = 0;
	struct diags told;
	diags_init(&told, invocation->arena);
	for (size_t i = 0; i < invocation->positional_count; i++) {
		struct diags diags;
		diags_init(&diags, invocation->arena);
		const char *note = "";
		check_file(invocation->positional[i], &note, invocation->arena, &diags);
		diags_sort(&diags);
		print_new(&diags, &told, invocation->arena);
		errors += diags.errors;
		if (diags.errors == 0) {
			TEXT_AUTO text = {0};
			text_printf(&text, "%s: good%s\n", invocation->positional[i], note);
			print_text(text_string(&text), text.length);
		}
	}
	return errors == 0 ? EXIT_ALL_PASSED : EXIT_BAD_USAGE;
}

const struct cli_command command_check = {
	"check",
	"FILE…",
	"all mistakes of a spec or an assignment, with line and column",
	"Reads specs and assignments and prints every error and warning as file:line:column, with the word that "
	"was probably meant. Runs nothing. Exit status 0 when there is no error, else 2.",
	NULL,
	check,
};
