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

static void check_file(const char *path, struct arena *arena, struct diags *diags)
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
	plan_make(spec, assignment, assignment->student, 1, arena, diags);
}

static int check(struct invocation *invocation)
{
	if (invocation->positional_count == 0) {
		print_error("which file?  grader check FILE…");
		return EXIT_BAD_USAGE;
	}
	size_t errors = 0;
	for (size_t i = 0; i < invocation->positional_count; i++) {
		struct diags diags;
		diags_init(&diags, invocation->arena);
		check_file(invocation->positional[i], invocation->arena, &diags);
		diags_sort(&diags);
		print_diags(&diags);
		errors += diags.errors;
		if (diags.errors == 0) {
			TEXT_AUTO text = {0};
			text_printf(&text, "%s: good\n", invocation->positional[i]);
			print_text(text_string(&text), text.length);
		}
	}
	return errors == 0 ? EXIT_ALL_PASSED : EXIT_BAD_USAGE;
}

const struct cli_command command_check = {
	"check",
	"FILE…",
	"all mistakes of a spec or an assignment, with line and column",
	"Reads specs and assignments and prints every error and warning as file:line:column, with the word that was probably\n"
	"meant.  Runs nothing.  Exit status 0 when there is no error, else 2.",
	NULL,
	check,
};
