#include "cli/cli.h"

#include "cli/load.h"
#include "cli/locate.h"
#include "cli/mutants.h"
#include "cli/output.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/text.h"
#include "judge/findings.h"
#include "model/verbs.h"
#include "report/ladder.h"
#include "run/grade.h"
#include "spec/fault.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FAULTS_MOST = 2000 };

struct proof {
	struct invocation *invocation;
	struct loaded *loaded;
	struct host host;
	struct session_options options;
	unsigned wrong; /* things that are not as they should be */
	unsigned caught, known;
	bool harness;
};

static bool stop(void *context)
{
	(void)context;
	return interrupted();
}

static void line_begin(struct proof *proof, struct text *text, bool good, const char *name)
{
	const struct paint *paint = &proof->invocation->paint;
	text_puts(text, " ");
	paint_puts(text, paint, good ? INK_GOOD : INK_BAD, paint_glyph(paint, good ? GLYPH_PASS : GLYPH_FAIL));
	text_printf(text, " %-34s ", name);
}

/* Grades one program; NULL after saying why it could not be. */
static struct grade *grade_one(struct proof *proof, const struct plan *plan, const struct assignment *assignment,
                               const char *submission, struct arena *arena)
{
	struct diags diags;
	diags_init(&diags, arena);
	struct grade *grade = arena_alloc(arena, sizeof(*grade));
	struct grade_request request = {
		.host = &proof->host, .plan = plan, .assignment = assignment, .submission = submission};
	request.options = proof->options;
	request.hooks.stop = stop;
	if (assignment != NULL)
		request.fallback = locate_beside(assignment, "starter", arena);
	if (grade_submission(grade, &request, arena, &diags))
		return grade;
	print_diags(&diags);
	proof->harness = true;
	return NULL;
}

/* A spec alone is a file with tests in it. */
static bool is_spec(const char *given)
{
	TEXT_AUTO content = {0};
	size_t length = strlen(given);
	if (length < 5 || strcmp(given + length - 5, ".yaml") != 0 || !file_read(given, YAML_BYTES, &content))
		return false;
	return strstr(text_string(&content), "\ntests:") != NULL;
}

/* The scenes of a spec, drawn one below the other. */
static void draw_tests(struct proof *proof, const struct grade *grade)
{
	enum { ROWS_MOST = 60 };
	for (size_t i = 0; i < grade->result.test_count; i++) {
		const struct timeline *timeline = grade->session.tests[i].timeline;
		if (timeline == NULL)
			continue;
		TEXT_AUTO text = {0};
		text_puts(&text, "\n");
		paint_puts(&text, &proof->invocation->paint, INK_STRONG, grade->result.tests[i].test->title);
		text_puts(&text, "\n\n");
		ladder_draw(&text, &proof->invocation->paint, &proof->loaded->plan->tests[i], timeline, NULL, ROWS_MOST);
		print_text(text_string(&text), text.length);
	}
}

/* "echo.yaml:17:9: " of the first line that did not hold, or "". */
static const char *broken_place(const struct result *result, const struct test_result *test, struct arena *arena)
{
	for (size_t i = 0; i < test->step_count; i++) {
		const struct step_result *step = &test->steps[i];
		if (step->verdict == STEP_UNMET || step->verdict == STEP_INCONCLUSIVE)
			return arena_printf(arena, "%s:%u:%u: ", result->spec->path, step->place.line, step->place.column);
	}
	return "";
}

/* All tests pass and nothing is found: for the reference on both sides, and for the reference solutions. */
static void prove_clean(struct proof *proof, const char *name, const struct plan *plan,
                        const struct assignment *assignment, const char *submission)
{
	struct arena *arena = arena_create();
	struct grade *grade = grade_one(proof, plan, assignment, submission, arena);
	if (grade != NULL) {
		const struct result *result = &grade->result;
		TEXT_AUTO wrong = {0};
		size_t passed = 0;
		if (!result->built)
			text_printf(&wrong, "     does not build:\n%s\n", result->build_output);
		for (size_t i = 0; i < result->test_count && result->built; i++) {
			const struct test_result *test = &result->tests[i];
			passed += test->verdict == TEST_PASS;
			if (test->verdict != TEST_PASS)
				text_printf(&wrong, "     %s%s: %s%s%s\n", broken_place(result, test, arena), test->test->name,
				            test_verdict_word(test->verdict), test->reason != NULL ? ": " : "",
				            test->reason != NULL ? test->reason : "");
		}
		for (size_t i = 0; i < result->finding_count; i++)
			text_printf(&wrong, "     found %s in %s: %s\n", result->findings[i].id, result->findings[i].test,
			            result->findings[i].sentence);
		TEXT_AUTO text = {0};
		line_begin(proof, &text, wrong.length == 0, name);
		text_printf(&text, "%zu of %zu tests passed, %zu findings\n%s", passed, result->test_count,
		            result->finding_count, text_string(&wrong));
		print_text(text_string(&text), text.length);
		proof->wrong += wrong.length > 0;
		if (option_value(proof->invocation, "draw") != NULL && assignment == NULL)
			draw_tests(proof, grade);
		grade_release(grade);
	} else {
		proof->wrong++;
	}
	arena_destroy(arena);
}

static bool among(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static bool test_failed(const struct result *result, const char *name)
{
	for (size_t i = 0; i < result->test_count; i++) {
		if (strcmp(result->tests[i].test->name, name) == 0)
			return result->tests[i].verdict == TEST_FAIL;
	}
	return false;
}

static bool was_found(const struct result *result, const char *id)
{
	for (size_t i = 0; i < result->finding_count; i++) {
		if (strcmp(result->findings[i].id, id) == 0)
			return true;
	}
	return false;
}

/* What differs from what fault.yaml declares, a line each. */
static void fault_differences(const struct fault *fault, const struct result *result, struct text *wrong)
{
	for (size_t i = 0; i < result->test_count; i++) {
		const struct test_result *test = &result->tests[i];
		bool expected = among(test->test->name, fault->fails, fault->fail_count);
		if (test->verdict == TEST_FAIL && !expected)
			text_printf(wrong, "     fails %s, which is not declared: %s\n", test->test->name,
			            test->reason != NULL ? test->reason : "");
		else if (test->verdict != TEST_FAIL && test->verdict != TEST_PASS && test->verdict != TEST_SKIPPED)
			text_printf(wrong, "     %s: %s: %s\n", test->test->name, test_verdict_word(test->verdict),
			            test->reason != NULL ? test->reason : "");
	}
	for (size_t i = 0; i < fault->fail_count; i++) {
		if (!test_failed(result, fault->fails[i]))
			text_printf(wrong, "     does not fail %s\n", fault->fails[i]);
	}
	for (size_t i = 0; i < result->finding_count; i++) {
		if (!among(result->findings[i].id, fault->finds, fault->find_count))
			text_printf(wrong, "     found %s in %s, which is not declared: %s\n", result->findings[i].id,
			            result->findings[i].test, result->findings[i].sentence);
	}
	for (size_t i = 0; i < fault->find_count; i++) {
		if (finding_row(fault->finds[i]) == NULL)
			text_printf(wrong, "     there is no finding %s\n", fault->finds[i]);
		else if (!was_found(result, fault->finds[i]))
			text_printf(wrong, "     %s is not found\n", fault->finds[i]);
	}
}

static void prove_fault(struct proof *proof, const char *folder, const char *name)
{
	struct arena *arena = arena_create();
	struct diags diags;
	diags_init(&diags, arena);
	const char *program = arena_printf(arena, "%s/%s", folder, name);
	struct fault *fault = fault_load(arena_printf(arena, "%s/fault.yaml", program), arena, &diags);
	struct grade *grade = NULL;
	if (fault == NULL)
		print_diags(&diags);
	else
		grade = grade_one(proof, proof->loaded->plan, proof->loaded->assignment, program, arena);
	proof->known++;
	TEXT_AUTO wrong = {0};
	if (grade == NULL)
		text_puts(&wrong, "     could not be graded\n");
	else if (!grade->result.built)
		text_printf(&wrong, "     does not build:\n%s\n", grade->result.build_output);
	else
		fault_differences(fault, &grade->result, &wrong);
	bool caught = grade != NULL && grade->result.built;
	for (size_t i = 0; caught && i < fault->fail_count; i++)
		caught = test_failed(&grade->result, fault->fails[i]);
	proof->caught += caught && fault->fail_count + fault->find_count > 0;
	proof->wrong += wrong.length > 0;
	TEXT_AUTO text = {0};
	line_begin(proof, &text, wrong.length == 0, name);
	text_printf(&text, "%s\n%s", fault != NULL && fault->title != NULL ? fault->title : "", text_string(&wrong));
	print_text(text_string(&text), text.length);
	if (grade != NULL)
		grade_release(grade);
	arena_destroy(arena);
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void prove_faults(struct proof *proof, const char *folder)
{
	struct arena *arena = proof->invocation->arena;
	const char **names = arena_array(arena, FAULTS_MOST, sizeof(char *));
	size_t count = 0;
	DIR *entries = opendir(folder);
	for (struct dirent *entry; entries != NULL && count < FAULTS_MOST && (entry = readdir(entries)) != NULL;) {
		if (entry->d_name[0] != '.')
			names[count++] = arena_string(arena, entry->d_name);
	}
	if (entries != NULL)
		closedir(entries);
	qsort(names, count, sizeof(char *), name_order);
	const char *only = option_value(proof->invocation, "only");
	for (size_t i = 0; i < count && !interrupted(); i++) {
		if (only == NULL || strcmp(only, names[i]) == 0)
			prove_fault(proof, folder, names[i]);
	}
}

/* Directly behind locate_reference. */
static void say_no_reference(const char *assignment)
{
	if (errno == EACCES)
		print_error("the reference solution of %s may be read by root and its group only: students use this host, too; "
		            "try again with sudo",
		            assignment);
	else
		print_error("%s has no reference solution: neither reference/ in its folder nor reference/solutions/%s",
		            assignment, assignment);
}

/* Bugs put into the reference solution's calls. */
static int prove_mutants(struct proof *proof)
{
	struct loaded *loaded = proof->loaded;
	struct arena *arena = proof->invocation->arena;
	struct grade_request request = {
		.host = &proof->host,
		.plan = loaded->plan,
		.assignment = loaded->assignment,
		.fallback = locate_beside(loaded->assignment, "starter", arena),
		.options = proof->options,
		.hooks = {.stop = stop},
	};
	request.submission = locate_reference(loaded->assignment, arena);
	if (request.submission == NULL) {
		say_no_reference(loaded->assignment->name);
		return EXIT_BAD_USAGE;
	}
	int uncaught = mutants_prove(&request, &proof->invocation->paint);
	if (interrupted())
		return EXIT_INTERRUPTED;
	return uncaught < 0 ? EXIT_HARNESS : uncaught > 0 ? EXIT_SOMETHING_FAILED : EXIT_ALL_PASSED;
}

static int prove_loaded(struct proof *proof)
{
	struct loaded *loaded = proof->loaded;
	struct arena *arena = proof->invocation->arena;
	struct diags diags;
	diags_init(&diags, arena);
	struct plan *both = load_reference_plan(loaded, 1, &diags);
	if (both == NULL) {
		print_diags(&diags);
		return EXIT_BAD_USAGE;
	}
	if (option_value(proof->invocation, "mutants") != NULL)
		return prove_mutants(proof);
	bool only = option_value(proof->invocation, "only") != NULL;
	if (!only)
		prove_clean(proof, "the reference on both sides", both, NULL, NULL);
	const char *reference = locate_reference(loaded->assignment, arena);
	if (reference == NULL) {
		say_no_reference(loaded->assignment->name);
		proof->wrong++;
	} else if (!only && !interrupted()) {
		prove_clean(proof, "the reference solution", loaded->plan, loaded->assignment, reference);
	}
	const char *faulty = locate_beside(loaded->assignment, "faulty", arena);
	if (faulty != NULL)
		prove_faults(proof, faulty);
	TEXT_AUTO text = {0};
	if (proof->known == 0)
		text_puts(&text, "\nno faulty program to catch: faulty/NAME/ holds one each, with a fault.yaml");
	else
		text_printf(&text, "\n%u of %u known faults caught", proof->caught, proof->known);
	if (proof->wrong > 0)
		text_printf(&text, "; %u %s not as %s should be", proof->wrong,
		            proof->wrong == 1 ? "program is" : "programs are", proof->wrong == 1 ? "it" : "they");
	text_puts(&text, "\n");
	print_text(text_string(&text), text.length);
	if (interrupted())
		return EXIT_INTERRUPTED;
	return proof->harness ? EXIT_HARNESS : proof->wrong > 0 ? EXIT_SOMETHING_FAILED : EXIT_ALL_PASSED;
}

/* A spec alone has no solution and no faulty programs: only that its lifecycles hold can be shown. */
static int prove_spec(struct proof *proof, const char *path)
{
	struct diags diags;
	diags_init(&diags, proof->invocation->arena);
	bool good = load_spec(proof->loaded, path, 1, proof->invocation->arena, &diags);
	print_diags(&diags);
	if (good) {
		host_probe(&proof->host, RUNG_A, proof->invocation->arena);
		interrupts_catch();
		prove_clean(proof, "the reference on both sides", proof->loaded->plan, NULL, NULL);
	}
	loaded_release(proof->loaded);
	if (!good)
		return EXIT_BAD_USAGE;
	return proof->harness ? EXIT_HARNESS : proof->wrong > 0 ? EXIT_SOMETHING_FAILED : EXIT_ALL_PASSED;
}

static int prove(struct invocation *invocation)
{
	struct loaded loaded;
	struct proof proof = {.invocation = invocation, .loaded = &loaded};
	unsigned long jobs;
	struct diags diags;
	diags_init(&diags, invocation->arena);
	const char *given = invocation->positional_count > 0 ? invocation->positional[0] : ".";
	if (!option_number(invocation, "jobs", 64, 0, &jobs))
		return EXIT_BAD_USAGE;
	proof.options.jobs = (unsigned)jobs;
	if (is_spec(given))
		return prove_spec(&proof, given);
	const char *path = locate_assignment_or_say(given, invocation->arena);
	if (path == NULL)
		return EXIT_BAD_USAGE;
	int status = EXIT_BAD_USAGE;
	if (load_assignment(&loaded, path, NULL, 1, invocation->arena, &diags)) {
		print_diags(&diags);
		interrupts_catch();
		if (host_option(invocation, &proof.host))
			status = prove_loaded(&proof);
	} else {
		print_diags(&diags);
	}
	loaded_release(&loaded);
	return status;
}

static const struct option_row options[] = {
	{"only", "NAME", "only the faulty program of this name", false},
	{"mutants", NULL, "instead: bugs put into the reference solution's system calls; which does no test catch?", false},
	{"draw", NULL, "draw every lifecycle as the reference plays it on both sides", false},
	{"jobs", "N", "so many tests at once (default: one for each processor)", false},
	{"rung", "LETTER", "use no more evidence than rung B, C or D of the ladder gives, as on a poorer host", false},
	{"color", "WHEN", "always, never or auto", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_prove = {
	"prove",
	"[ASSIGNMENT|SPEC]",
	"test an assignment itself: its spec, its reference solution, its faulty programs",
	"The lifecycles have to hold with the reference on both sides; the reference solution has to pass with no "
	"finding; every program in faulty/ has to fail exactly the tests, and show the findings, that its "
	"fault.yaml declares. Prints how many of the known faults were caught. With --mutants the grader makes "
	"bugs by itself: the reference solution's calls do something else than it asked for, and the spec has to "
	"catch all that a peer can see.\n"
	"Of a SPEC alone (a file): whether its lifecycles hold.",
	options,
	prove,
};
