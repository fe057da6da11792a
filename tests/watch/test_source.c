#include "tracer_programs.h"
#include "tracer_stage.h"

#include "base/diag.h"
#include "base/fd.h"
#include "base/module.h"
#include "watch/source.h"

#define OWN_FOLDER SOURCE_FOLDER "/tests/watch"

static struct stage stage;
static struct source_files files;

static int open_stage(void **state)
{
	(void)state;
	stage_open(&stage, WATCH_CALLS);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&stage);
	source_files_release(&files);
	return 0;
}

/* The number of the first line of a file that contains the words. */
static uint32_t line_of(const char *path, const char *words)
{
	TEXT_AUTO text = {0};
	assert_true(file_read(path, 1 << 20, &text));
	const char *found = strstr(text_string(&text), words);
	assert_non_null(found);
	uint32_t line = 1;
	for (const char *at = text_string(&text); at < found; at++)
		line += *at == '\n';
	return line;
}

/* Runs a program to its end while a client says a line. */
static void run_echo(char *path)
{
	char name[] = "echo", port[16];
	snprintf(port, sizeof(port), "%d", stage.port);
	char *arguments[] = {path, name, port, NULL};
	if (!stage_start(&stage, true, arguments)) {
		print_message("ptrace(2) is not allowed here\n");
		skip();
	}
	stage_until(&stage, "listen=0");
	int fd = stage_connect(&stage);
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_until(&stage, "write=6");
	close(fd);
	stage_end(&stage);
}

static struct source_place place_of(const struct event *event, const char *folder)
{
	const char *const roots[] = {OWN_FOLDER, NULL};
	struct source_place place;
	source_files_read(&files, folder);
	struct diags diags = {0};
	const struct source_reader *reader = module_table("source", "source_reader", &diags);
	assert_non_null(reader);
	struct source *source = reader->open(tracer_stacks(stage.tracer), &files, roots);
	reader->find(source, event->site, &place);
	reader->close(source);
	return place;
}

static char self[] = "/proc/self/exe";

static void a_call_stands_in_its_line_of_the_source(void **state)
{
	(void)state;
	run_echo(self);
	struct source_place place = place_of(stage_find(&stage, EVENT_RETURN, CALL_READ), OWN_FOLDER);
	assert_int_equal(place.lack, SOURCE_FOUND);
	assert_string_equal(place.file, "programs/calls.h");
	assert_int_equal(place.line, line_of(OWN_FOLDER "/programs/calls.h", "while ((count = read(fd"));
}

static void a_call_and_its_return_have_one_site(void **state)
{
	(void)state;
	run_echo(self);
	const struct event *call = stage_find(&stage, EVENT_CALL, CALL_WRITE);
	assert_true(call->site > 0);
	assert_int_equal(call->site, stage_find(&stage, EVENT_RETURN, CALL_WRITE)->site);
	assert_int_not_equal(call->site, stage_find(&stage, EVENT_CALL, CALL_ACCEPT)->site);
}

static void a_crash_stands_in_its_line_of_the_source(void **state)
{
	(void)state;
	stage_launch(&stage, "crashes");
	stage_end(&stage);
	const struct event *crash = NULL;
	for (size_t i = 0; i < stage.event_count; i++)
		if (stage.events[i].kind == EVENT_SIGNAL)
			crash = &stage.events[i];
	assert_non_null(crash);
	struct source_place place = place_of(crash, OWN_FOLDER);
	assert_int_equal(place.lack, SOURCE_FOUND);
	assert_string_equal(place.file, "programs/signals.h");
	assert_in_range(place.line, line_of(OWN_FOLDER "/programs/signals.h", "int program_crashes("),
	                line_of(OWN_FOLDER "/programs/signals.h", "int program_crashes(") + 8);
}

static void files_that_are_not_the_submissions_have_no_lines(void **state)
{
	(void)state;
	run_echo(self);
	struct source_place place =
		place_of(stage_find(&stage, EVENT_RETURN, CALL_READ), SOURCE_FOLDER "/tests/watch/programs");
	assert_int_equal(place.lack, SOURCE_OF_ELSEWHERE);
	assert_int_equal(place.line, 0);
}

static void a_source_that_was_changed_has_no_lines(void **state)
{
	(void)state;
	char folder[] = "/tmp/test_source.XXXXXX", command[512];
	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof(command),
	         "mkdir %s/programs && { echo; echo; cat %s/programs/calls.h; } >%s/programs/calls.h", folder, OWN_FOLDER,
	         folder);
	assert_int_equal(system(command), 0);
	run_echo(self);
	struct source_place place = place_of(stage_find(&stage, EVENT_RETURN, CALL_READ), folder);
	folder_remove(folder);
	assert_int_not_equal(place.lack, SOURCE_FOUND);
	assert_int_equal(place.line, 0);
}

static void a_program_without_debug_information_has_no_lines(void **state)
{
	(void)state;
	char path[] = "/tmp/test_source.XXXXXX", command[512];
	int file = mkstemp(path);
	assert_true(file >= 0);
	close(file);
	snprintf(command, sizeof(command), "objcopy --strip-debug /proc/%d/exe %s", (int)getpid(), path);
	if (system(command) != 0) {
		unlink(path);
		print_message("objcopy is not installed\n");
		skip();
	}
	run_echo(path);
	struct source_place place = place_of(stage_find(&stage, EVENT_RETURN, CALL_READ), OWN_FOLDER);
	unlink(path);
	assert_int_equal(place.lack, SOURCE_WITHOUT_DEBUG);
	assert_int_equal(place.line, 0);
}

static void what_is_no_site_is_unknown(void **state)
{
	(void)state;
	struct event none = {0}, beyond = {.site = 999999};
	assert_int_equal(place_of(&none, OWN_FOLDER).lack, SOURCE_UNKNOWN);
	source_files_release(&files);
	assert_int_equal(place_of(&beyond, OWN_FOLDER).lack, SOURCE_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(int count, char **arguments)
{
	programs_run(count, arguments);
	const struct CMUnitTest tests[] = {
		TEST(a_call_stands_in_its_line_of_the_source),
		TEST(a_call_and_its_return_have_one_site),
		TEST(a_crash_stands_in_its_line_of_the_source),
		TEST(files_that_are_not_the_submissions_have_no_lines),
		TEST(a_source_that_was_changed_has_no_lines),
		TEST(a_program_without_debug_information_has_no_lines),
		TEST(what_is_no_site_is_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
