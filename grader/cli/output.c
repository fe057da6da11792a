#include "cli/output.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/text.h"
#include "report/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LADDER_ROWS = 40 };

static struct result live_result(const struct live *live)
{
	/* Enough for view_test: every test that is decided, in the places of the plan. */
	struct result result = {.spec = live->plan->spec, .test_count = live->plan->count};
	result.tests = arena_array(live->arena, live->plan->count + 1, sizeof(struct test_result));
	for (size_t i = 0; i < live->plan->count; i++) {
		if (live->runs[i] != NULL)
			result.tests[i] = live->runs[i]->result;
		else
			result.tests[i].test = live->plan->tests[i].test;
	}
	return result;
}

/* The next line in the order of the spec; none for a test that is not decided. */
static void live_line(struct live *live, const struct result *result, struct text *text)
{
	size_t index = live->printed++;
	if (live->runs[index] == NULL)
		return;
	const struct test_result *test = view_test(result, index, live->audience, live->arena);
	if (test != NULL)
		terminal_test_line(text, live->paint, test, terminal_names(live->paint, result));
}

static void live_print(struct live *live)
{
	TEXT_AUTO text = {0};
	if (live->shown)
		terminal_running_clear(&text);
	live->shown = false;
	struct result result = live_result(live);
	while (live->printed < live->plan->count && live->runs[live->printed] != NULL)
		live_line(live, &result, &text);
	for (size_t i = 0; live->terminal && i < live->plan->count; i++) {
		if (!live->running[i] || live->runs[i] != NULL)
			continue;
		terminal_running(&text, live->paint, live->plan->tests[i].test, live->audience);
		live->shown = true;
		break;
	}
	print_text(text_string(&text), text.length);
}

static void live_started(void *context, size_t index)
{
	struct live *live = context;
	live->running[index] = true;
	if (live->terminal)
		live_print(live);
}

static void live_decided(void *context, size_t index, const struct test_run *run)
{
	struct live *live = context;
	live->runs[index] = run;
	live_print(live);
}

static bool live_stop(void *context)
{
	(void)context;
	return interrupted();
}

void live_init(struct live *live, const struct invocation *invocation, const struct plan *plan, enum audience audience,
               struct session_hooks *hooks)
{
	*live = (struct live){.paint = &invocation->paint, .plan = plan, .audience = audience, .arena = invocation->arena};
	live->runs = arena_array(invocation->arena, plan->count + 1, sizeof(struct test_run *));
	live->running = arena_array(invocation->arena, plan->count + 1, sizeof(bool));
	live->terminal = isatty(STDOUT_FILENO) == 1;
	*hooks = (struct session_hooks){live, live_started, live_decided, live_stop};
}

void live_finish(struct live *live)
{
	TEXT_AUTO text = {0};
	if (live->shown)
		terminal_running_clear(&text);
	live->shown = false;
	/* Those behind a test that was not selected have waited for their turn. */
	struct result result = live_result(live);
	for (; live->printed < live->plan->count; live->printed++) {
		const struct test_result *test =
			live->runs[live->printed] != NULL ? view_test(&result, live->printed, live->audience, live->arena) : NULL;
		if (test != NULL)
			terminal_test_line(&text, live->paint, test, terminal_names(live->paint, &result));
	}
	print_text(text_string(&text), text.length);
}

bool audience_option(const struct invocation *invocation, bool *given, enum audience *audience)
{
	const char *as = option_value(invocation, "as");
	*given = as != NULL;
	*audience = AUDIENCE_STUDENT;
	if (as == NULL || strcmp(as, "student") == 0)
		return true;
	*audience = AUDIENCE_INSTRUCTOR;
	if (strcmp(as, "instructor") == 0)
		return true;
	print_error("--as takes student or instructor, not \"%s\"", as);
	return false;
}

bool host_option(const struct invocation *invocation, struct host *host)
{
	const char *given = option_value(invocation, "rung");
	for (enum rung worst = RUNG_A; worst < RUNG_E; worst++) {
		if (given == NULL || strcasecmp(given, rung_word(worst)) == 0) {
			host_probe(host, worst, invocation->arena);
			return true;
		}
	}
	print_error("--rung takes A, B, C or D, not \"%s\"", given);
	return false;
}

static const struct format *format_of(const char *value, const char **file)
{
	const char *equals = strchr(value, '=');
	char name[32] = "";
	if (equals != NULL && (size_t)(equals - value) < sizeof(name))
		memcpy(name, value, (size_t)(equals - value));
	*file = equals != NULL ? equals + 1 : "";
	return format_find(name);
}

bool place_check(const char *option, const char *path)
{
	const char *slash = strrchr(path, '/');
	TEXT_AUTO folder = {0};
	text_add(&folder, path, slash != NULL ? (size_t)(slash - path) + (slash == path) : 0);
	struct stat status;
	if (slash == NULL || (stat(text_string(&folder), &status) == 0 && S_ISDIR(status.st_mode)))
		return true;
	print_error("--%s %s: there is no folder %s", option, path, text_string(&folder));
	return false;
}

bool formats_check(const struct invocation *invocation)
{
	for (size_t i = 0; i < invocation->option_count; i++) {
		if (strcmp(invocation->option[i].row->name, "format") != 0)
			continue;
		const char *file;
		if (format_of(invocation->option[i].value, &file) != NULL && *file != '\0') {
			if (!place_check("format", file))
				return false;
			continue;
		}
		TEXT_AUTO names = {0};
		for (size_t j = 0; formats[j] != NULL; j++)
			text_printf(&names, "%s%s", j > 0 ? ", " : "", formats[j]->name);
		print_error("--format takes NAME=FILE, such as json=result.json; the names are: %s", text_string(&names));
		return false;
	}
	return true;
}

/* Now, or what SOURCE_DATE_EPOCH says (reproducible-builds.org), so that the same result gives the same bytes. */
static int64_t created(void)
{
	const char *given = getenv("SOURCE_DATE_EPOCH");
	char *end = NULL;
	long long seconds = given != NULL ? strtoll(given, &end, 10) : 0;
	return given != NULL && *end == '\0' && seconds > 0 ? seconds : time(NULL);
}

/* What formats may tell beside the result: the clock, and what a workflow's environment says of the submission. */
static struct format_context format_context(const struct result *result, const struct recorded *recorded,
                                            struct arena *arena)
{
#define FROM_ENVIRONMENT(member, variable) .member = getenv(variable),
	struct format_context context = {FORMAT_VARIABLES(FROM_ENVIRONMENT)};
#undef FROM_ENVIRONMENT
	context.version = GRADER_VERSION;
	context.created_s = created();
	context.grade = format_grade(result);
	context.complete = view_create(result, recorded, AUDIENCE_INSTRUCTOR, arena);
	return context;
}

bool formats_write(const struct invocation *invocation, const struct result *result, const struct recorded *recorded)
{
	bool given, good = true;
	enum audience audience;
	if (!audience_option(invocation, &given, &audience))
		return false;
	struct format_context context = format_context(result, recorded, invocation->arena);
	if (given && audience == AUDIENCE_STUDENT)
		context.complete = NULL;
	for (size_t i = 0; i < invocation->option_count; i++) {
		if (strcmp(invocation->option[i].row->name, "format") != 0)
			continue;
		const char *file;
		const struct format *format = format_of(invocation->option[i].value, &file);
		enum audience as = given && !format->published ? audience : format->audience;
		struct view *view = view_create(result, recorded, as, invocation->arena);
		TEXT_AUTO text = {0};
		format->write(&text, view, &context);
		if (strcmp(file, "-") == 0) {
			print_text(text_string(&text), text.length);
		} else if (!file_write_atomically(file, text_string(&text), text.length, 0644)) {
			print_error("writing %s: %s", file, strerror(errno));
			good = false;
		}
	}
	return good;
}

void print_details(const struct invocation *invocation, const struct result *result, const struct recorded *recorded,
                   enum audience audience)
{
	const struct view *view = view_create(result, recorded, audience, invocation->arena);
	TEXT_AUTO text = {0};
	for (size_t i = 0; i < view->result.test_count; i++)
		terminal_test_details(&text, &invocation->paint, view, i, LADDER_ROWS);
	terminal_summary(&text, &invocation->paint, view);
	print_text(text_string(&text), text.length);
}

struct recorded *recorded_of(const struct session *session, const struct result *result, struct arena *arena)
{
	struct recorded *recorded = arena_array(arena, result->test_count + 1, sizeof(struct recorded));
	size_t at = 0;
	for (size_t i = 0; i < session->plan->count && at < result->test_count; i++) {
		if (!session->tests[i].done)
			continue;
		recorded[at].plan = &session->plan->tests[i];
		recorded[at++].timeline = session->tests[i].timeline;
	}
	return recorded;
}

int result_status(const struct invocation *invocation, const struct result *result)
{
	bool failed = !result->built, harness = false;
	for (size_t i = 0; i < result->test_count; i++) {
		enum test_verdict verdict = result->tests[i].verdict;
		harness = harness || verdict == TEST_ERROR;
		failed = failed || verdict != TEST_PASS || result->tests[i].unstable;
	}
	if (harness)
		return EXIT_HARNESS;
	return failed && option_value(invocation, "exit-zero") == NULL ? EXIT_SOMETHING_FAILED : EXIT_ALL_PASSED;
}
