/* The build of a submission. */
#include "stage.h"

#include "sandbox/cgroup.h"

#include <signal.h>
#include <time.h>

struct built {
	struct text output;
	int status, reached;
};

static struct built build(struct stage *stage, const char *command, struct limits limits)
{
	struct built built = {.status = -1, .reached = -2};
	const char *const arguments[] = {"/bin/sh", "-c", command, NULL};
	struct command run = {arguments};
	limits = limits_over(limits_default, limits);
	if (!keeper_build(stage->keeper, &run, &limits, &built.output, &built.status, &built.reached, &stage->diags))
		fail_msg("%s", stage->diags.list[0].message);
	return built;
}

static void built_expect(struct stage *stage, const char *command, struct limits limits, const char *output, int status,
                         int reached)
{
	struct built built = build(stage, command, limits);
	if (output != NULL)
		assert_string_equal(text_string(&built.output), output);
	assert_int_equal(built.reached, reached);
	if (status >= 0)
		assert_int_equal(built.status, status);
	text_release(&built.output);
}

static void what_it_makes_is_there_for_the_tests(void **state)
{
	(void)state;
	for (enum rung worst = RUNG_A; worst <= RUNG_D; worst++) {
		struct stage stage;
		struct scene scene = {.command =
		                          "./hello; cat made/deep; echo more >>made/deep && echo x >made/new && cat made/*",
		                      .watch = WATCH_NOTHING};
		stage_open_at(&stage, worst, &scene);
		stage_file(&stage, "hello.c", "#include <stdio.h>\nint main(void) { puts(\"hi\"); }\n", 0644);
		stage_file(&stage, "Makefile", "hello: hello.c\n\tcc -o $@ hello.c\n\tmkdir made; echo deep >made/deep\n",
		           0644);
		stage_start(&stage);
		built_expect(&stage, "umask 077; make -s", (struct limits){0}, "", 0, -1);
		assert_string_equal(stage_play(&stage), "hi\ndeep\ndeep\nmore\nx\n");
		assert_string_equal(stage_play(&stage), "hi\ndeep\ndeep\nmore\nx\n");
		stage_close(&stage);
	}
}

static void both_streams_come_in_order_with_the_status(void **state)
{
	(void)state;
	struct stage stage;
	stage_open_at(&stage, RUNG_A, NULL);
	stage_start(&stage);
	built_expect(&stage, "echo a; echo b >&2; echo c; exit 2", (struct limits){0}, "a\nb\nc\n", 2 << 8, -1);
	built_expect(&stage, "kill -SEGV $$", (struct limits){0}, "", SIGSEGV, -1);
	built_expect(&stage, "read -r x && echo input || echo 'no input'", (struct limits){0}, "no input\n", 0, -1);
	stage_close(&stage);
}

static void a_compiler_cannot_read_the_graders_files(void **state)
{
	(void)state;
	if (!host_has_namespaces())
		return;
	char secret[] = "/var/tmp/grader-secret-XXXXXX", source[256];
	int fd = mkstemp(secret);
	assert_true(fd >= 0);
	fd_write_all(fd, "expected answer 42\n", 19);
	fchmod(fd, 0644);
	close(fd);
	struct stage stage;
	stage_open_at(&stage, RUNG_A, NULL);
	snprintf(source, sizeof(source), "#include \"%s\"\n", secret);
	stage_file(&stage, "a.c", source, 0644);
	snprintf(source, sizeof(source), "asm(\".incbin \\\"%s\\\"\");\n", secret);
	stage_file(&stage, "b.c", source, 0644);
	stage_start(&stage);
	struct built built = build(&stage, "gcc -c a.c; gcc -c b.c", (struct limits){0});
	assert_null(strstr(text_string(&built.output), "expected answer"));
	assert_non_null(strstr(text_string(&built.output), "No such file or directory"));
	assert_non_null(strstr(text_string(&built.output), "file not found"));
	text_release(&built.output);
	stage_close(&stage);
	unlink(secret);
}

/* A command that leaves `sleep` running, with a number that only this process gives it; and whether one still does. */
static char *sleep_left(char command[static 128], const char *before, const char *behind)
{
	snprintf(command, 128, "%ssleep 8602%d157%s", before, getpid(), behind);
	return command;
}

static bool sleeps(void)
{
	char command[128];
	snprintf(command, sizeof(command), "pgrep -f 'sleep 8602%d15[7]' >/dev/null", getpid());
	return system(command) == 0;
}

static void one_that_takes_too_long_is_ended_with_all_it_started(void **state)
{
	(void)state;
	struct stage stage;
	stage_open_at(&stage, RUNG_A, NULL);
	stage_start(&stage);
	struct limits limits = {.time_ns = 1000000000};
	char command[128];
	built_expect(&stage, sleep_left(command, "echo begun; (setsid ", " &); trap '' TERM; while :; do :; done"), limits,
	             "begun\n", SIGKILL, LIMIT_TIME);
	assert_false(sleeps());
	stage_close(&stage);
}

static void one_that_leaves_something_running_is_done_all_the_same(void **state)
{
	(void)state;
	struct stage stage;
	stage_open_at(&stage, RUNG_A, NULL);
	stage_start(&stage);
	char command[128];
	built_expect(&stage, sleep_left(command, "", " & echo done"), (struct limits){.time_ns = 60000000000}, "done\n", 0,
	             -1);
	assert_false(sleeps());
	stage_close(&stage);
}

static void one_that_prints_too_much_is_ended(void **state)
{
	(void)state;
	struct stage stage;
	stage_open_at(&stage, RUNG_A, NULL);
	stage_start(&stage);
	struct built built = build(&stage, "yes", (struct limits){.output_bytes = 10000});
	assert_int_equal(built.reached, LIMIT_OUTPUT);
	assert_int_equal(built.output.length, 10000);
	text_release(&built.output);
	stage_close(&stage);
}

static void one_that_takes_too_much_memory_is_named_so(void **state)
{
	(void)state;
	struct stage stage;
	struct cgroups cgroups;
	cgroups_find(&cgroups);
	if (cgroups.version == 0) {
		print_message("passed over: no cgroup can be made here\n");
		return;
	}
	stage_open_at(&stage, RUNG_A, NULL);
	stage_start(&stage);
	built_expect(&stage, "perl -e '$x = \"x\" x (300 << 20)'; exit 1", (struct limits){.memory_bytes = 64 << 20}, NULL,
	             1 << 8, LIMIT_MEMORY);
	stage_close(&stage);
}

static void one_that_leaves_too_much_reaches_a_limit(void **state)
{
	(void)state;
	struct stage stage;
	stage_open_at(&stage, RUNG_A, NULL);
	stage_start(&stage);
	built_expect(&stage, "perl -e 'for (0 .. 80) { mkdir \"d\"; chdir \"d\" }'", (struct limits){0}, "", 0,
	             LIMIT_FILES);
	stage_close(&stage);
}

static void there_is_no_network_but_lo(void **state)
{
	(void)state;
	struct stage stage;
	if (!host_has_namespaces())
		return;
	stage_open_at(&stage, RUNG_A, NULL);
	stage_start(&stage);
	built_expect(&stage,
	             "perl -MSocket -e 'socket(S, AF_INET, SOCK_STREAM, 0); "
	             "print connect(S, pack_sockaddr_in(80, inet_aton(\"198.51.100.1\"))) ? \"out\" : $!'",
	             (struct limits){0}, "Network is unreachable", 0, -1);
	stage_close(&stage);
}

static void a_command_that_is_missing_is_the_submissions_fault(void **state)
{
	(void)state;
	struct stage stage;
	struct built built = {0};
	const char *const arguments[] = {"no-such-tool", NULL};
	struct command command = {arguments};
	stage_open_at(&stage, RUNG_A, NULL);
	stage_start(&stage);
	assert_true(keeper_build(stage.keeper, &command, &limits_default, &built.output, &built.status, &built.reached,
	                         &stage.diags));
	assert_int_equal(built.status, 127 << 8);
	assert_string_equal(text_string(&built.output), "cannot start no-such-tool: No such file or directory\n");
	text_release(&built.output);
	stage_close(&stage);
}

static void a_link_out_of_the_folder_is_not_followed(void **state)
{
	(void)state;
	struct stage stage;
	struct stat before, after;
	char outside[] = "/var/tmp/grader-outside-XXXXXX";
	int fd = mkstemp(outside);
	assert_true(fd >= 0 && fchmod(fd, 0600) == 0 && fstat(fd, &before) == 0);
	for (enum rung worst = RUNG_A; worst <= RUNG_D; worst += RUNG_D) {
		char command[200];
		struct scene scene = {.command = "readlink link | cut -c1-17", .watch = WATCH_NOTHING};
		stage_open_at(&stage, worst, &scene);
		stage_start(&stage);
		snprintf(command, sizeof(command), "ln -s %s link; ln -s /etc folder; mkfifo fifo", outside);
		built_expect(&stage, command, (struct limits){0}, "", 0, -1);
		assert_string_equal(stage_play(&stage), "/var/tmp/grader-o\n");
		stage_close(&stage);
	}
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(after.st_gid, before.st_gid);
	unlink(outside);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_makes_is_there_for_the_tests),
		cmocka_unit_test(both_streams_come_in_order_with_the_status),
		cmocka_unit_test(a_compiler_cannot_read_the_graders_files),
		cmocka_unit_test(one_that_takes_too_long_is_ended_with_all_it_started),
		cmocka_unit_test(one_that_leaves_something_running_is_done_all_the_same),
		cmocka_unit_test(one_that_prints_too_much_is_ended),
		cmocka_unit_test(one_that_takes_too_much_memory_is_named_so),
		cmocka_unit_test(one_that_leaves_too_much_reaches_a_limit),
		cmocka_unit_test(there_is_no_network_but_lo),
		cmocka_unit_test(a_command_that_is_missing_is_the_submissions_fault),
		cmocka_unit_test(a_link_out_of_the_folder_is_not_followed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
