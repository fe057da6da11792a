#include "cli/cli.h"

#include "cli/load.h"
#include "cli/locate.h"
#include "cli/output.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "intake/intake.h"
#include "intake/unpack.h"
#include "report/pcapng.h"
#include "report/result_json.h"
#include "report/terminal.h"
#include "run/grade.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --test NAME[,NAME…], many times: marks them; false after printing what is no test. */
static bool tests_select(const struct invocation *invocation, const struct plan *plan, bool **selected)
{
	*selected = NULL;
	const char **names = arena_array(invocation->arena, plan->count + 1, sizeof(char *));
	/* A hidden test can be asked for, but is suggested to nobody. */
	for (size_t i = 0, count = 0; i < plan->count; i++) {
		if (!plan->tests[i].test->hidden)
			names[count++] = plan->tests[i].test->name;
	}
	for (size_t i = 0; i < invocation->option_count; i++) {
		if (strcmp(invocation->option[i].row->name, "test") != 0)
			continue;
		if (*selected == NULL)
			*selected = arena_array(invocation->arena, plan->count + 1, sizeof(bool));
		char *list = arena_string(invocation->arena, invocation->option[i].value), *rest = NULL;
		for (char *name = strtok_r(list, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
			size_t at = 0;
			while (at < plan->count && strcmp(plan->tests[at].test->name, name) != 0)
				at++;
			if (at == plan->count) {
				const char *near = nearest_word(name, names);
				print_error("there is no test %s%s%s%s", name, near != NULL ? "; did you mean " : "",
				            near != NULL ? near : "", near != NULL ? "?" : "");
				return false;
			}
			(*selected)[at] = true;
		}
	}
	return true;
}

static bool student_keeps(const struct test *test)
{
	return view_details(test, AUDIENCE_STUDENT);
}

/* The value of --keep without slashes at its end; NULL. */
static const char *keep_folder(const struct invocation *invocation)
{
	const char *folder = option_value(invocation, "keep");
	size_t length = folder != NULL ? strlen(folder) : 0;
	while (length > 1 && folder[length - 1] == '/')
		length--;
	return folder != NULL ? arena_printf(invocation->arena, "%.*s", (int)length, folder) : NULL;
}

/* Everything, unless `--as student` says that a student will have the folder. */
static bool keep(const struct invocation *invocation, struct loaded *loaded, const struct grade *grade,
                 const struct recorded *recorded, struct diags *diags)
{
	const char *folder = keep_folder(invocation);
	bool given;
	enum audience audience;
	if (folder == NULL)
		return true;
	bool student = audience_option(invocation, &given, &audience) && given && audience == AUDIENCE_STUDENT;
	TEXT_AUTO json = {0};
	struct view *view =
		view_create(&grade->result, recorded, student ? AUDIENCE_STUDENT : AUDIENCE_INSTRUCTOR, invocation->arena);
	result_json_write(&json, view, GRADER_VERSION, true);
	struct store_parts parts = {.result_json = &json, .capture = pcapng_write};
	if (student) {
		parts.keeps = student_keeps;
	} else {
		parts.spec = &loaded->spec_text;
		parts.assignment = &loaded->assignment_text;
		parts.files = loaded->files;
		parts.file_count = loaded->file_count;
	}
	return store_write(folder, grade, &parts, invocation->arena, diags);
}

/* `called`: the submission's name for people; NULL: its folder's. */
static int run_loaded(struct invocation *invocation, struct loaded *loaded, const char *submission, const char *called,
                      struct diags *diags)
{
	unsigned long jobs, repeat;
	bool given, *selected;
	enum audience audience;
	if (!option_number(invocation, "jobs", 64, 0, &jobs) || !option_number(invocation, "repeat", 100000, 1, &repeat) ||
	    !audience_option(invocation, &given, &audience) || !formats_check(invocation) ||
	    (keep_folder(invocation) != NULL && !place_check("keep", keep_folder(invocation))) ||
	    !tests_select(invocation, loaded->plan, &selected))
		return EXIT_BAD_USAGE;
	struct host host;
	if (!host_option(invocation, &host))
		return EXIT_BAD_USAGE;
	if (host.rung == RUNG_E) {
		print_error("this host allows neither namespaces nor tracing nor /proc; `grader doctor` says what to do");
		return EXIT_HARNESS;
	}
	struct live live;
	struct grade grade;
	struct grade_request request = {
		.host = &host, .plan = loaded->plan, .assignment = loaded->assignment, .submission = submission};
	request.options =
		(struct session_options){.jobs = (unsigned)jobs, .repeat = (unsigned)repeat, .selected = selected};
	request.fallback = locate_beside(loaded->assignment, "starter", invocation->arena);
	live_init(&live, invocation, loaded->plan, audience, &request.hooks);
	interrupts_catch();
	bool good = grade_submission(&grade, &request, invocation->arena, diags);
	live_finish(&live);
	if (!good && interrupted())
		return EXIT_INTERRUPTED;
	if (!good) {
		print_diags(diags);
		return EXIT_HARNESS;
	}
	if (called != NULL)
		grade.result.submission = called;
	struct recorded *recorded = recorded_of(&grade.session, &grade.result, invocation->arena);
	if (option_value(invocation, "quiet") == NULL)
		print_details(invocation, &grade.result, recorded, audience);
	else if (!grade.result.built)
		print_error("the submission does not build; without --quiet the compiler's words stand here");
	/* Half a result is no score: a platform would take it for one. */
	good = grade.session.stopped || formats_write(invocation, &grade.result, recorded);
	good = keep(invocation, loaded, &grade, recorded, diags) && good;
	print_diags(diags);
	int status = result_status(invocation, &grade.result);
	if (grade.session.stopped) {
		print_error("interrupted: the tests above are decided, the others were not run");
		status = EXIT_INTERRUPTED;
	}
	grade_release(&grade);
	return good ? status : EXIT_HARNESS;
}

/* An archive is unpacked as a class's are; what was repaired is told. */
static int run_archive(struct invocation *invocation, struct loaded *loaded, const char *archive, struct diags *diags)
{
	const char *place = getenv("TMPDIR");
	char *folder = arena_printf(invocation->arena, "%s/grader-archive-XXXXXX", place != NULL ? place : "/tmp");
	struct intake_notes notes;
	struct intake_asked asked = {loaded->assignment, locate_beside(loaded->assignment, "starter", invocation->arena)};
	int status = EXIT_BAD_USAGE;
	if (mkdtemp(folder) == NULL) {
		print_error("no temporary folder could be made: %s", strerror(errno));
		return EXIT_HARNESS;
	}
	if (intake_archive(archive, folder, &asked, &notes, invocation->arena, diags)) {
		for (size_t i = 0; i < notes.count; i++)
			print_error("note: %s", notes.list[i]);
		const char *slash = strrchr(archive, '/');
		status = run_loaded(invocation, loaded, folder, slash != NULL ? slash + 1 : archive, diags);
	} else {
		print_diags(diags);
	}
	folder_remove(folder);
	return status;
}

static int run(struct invocation *invocation)
{
	const char *assignment, *submission;
	struct diags diags;
	diags_init(&diags, invocation->arena);
	if (!locate_both(invocation, &assignment, &submission))
		return EXIT_BAD_USAGE;
	uint64_t seed;
	if (!option_seed(invocation, &seed))
		return EXIT_BAD_USAGE;
	struct loaded loaded;
	struct stat info;
	int status = EXIT_BAD_USAGE;
	if (load_assignment(&loaded, assignment, option_value(invocation, "role"), seed, invocation->arena, &diags)) {
		/* What `grader check` warns of is for who writes specs, not for who writes programs. */
		diags_init(&diags, invocation->arena);
		bool archive = unpack_is_archive(submission) && stat(submission, &info) == 0 && S_ISREG(info.st_mode);
		status = archive ? run_archive(invocation, &loaded, submission, &diags)
		                 : run_loaded(invocation, &loaded, submission, NULL, &diags);
	} else {
		diags_sort(&diags);
		print_diags(&diags);
	}
	loaded_release(&loaded);
	return status;
}

static const struct option_row options[] = {
	{"test", "NAME", "run only this test, and what it requires (may be given more than once)", true},
	{"jobs", "N", "so many tests at once (default: one for each processor)", false},
	{"repeat", "N", "run each test N times; one whose verdict changes is reported as unstable", false},
	{"role", "ROLES", "which roles the student plays: server, client, or both with a comma", false},
	{"seed", "N", "for random data that give no seed of their own (default: 1)", false},
	{"rung", "LETTER", "use no more evidence than rung B, C or D of the ladder gives, as on a poorer host", false},
	{"format", "NAME=FILE", "write the result in this format, too (may be given more than once)", true},
	{"keep", "DIR", "keep the run: timelines, captures, output, result.json", false},
	{"as", "WHO", "student (default on the terminal) or instructor: who will read the reports and what is kept", false},
	{"color", "WHEN", "always, never or auto", false},
	{"quiet", NULL, "one line for each test, nothing else", false},
	{"exit-zero", NULL, "exit with 0 although tests failed", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_run = {
	"run",
	"[ASSIGNMENT] [SUBMISSION]",
	"build a submission, run every test, print the results",
	"Builds a copy of the submission, plays every lifecycle of the assignment's spec with it, and says which "
	"held, which broke, where and why. ASSIGNMENT is a folder with an assignment.yaml, that file, or the name "
	"of an installed assignment; SUBMISSION is a folder, an archive or a single file. What is left out is the "
	"current folder.\n"
	"Exit status: 0 all passed, 1 something failed, 2 bad usage or bad spec, 3 the harness could not grade, "
	"130 interrupted.",
	options,
	run,
};
