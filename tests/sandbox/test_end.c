/* After a test nothing of it is left, whatever its programs did and whoever was killed meanwhile. */
#include "stage.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

/* Programs are found by an argument that nothing else on the host has: $GRADER_MARK, a number of seconds with this
 * process's own in it.  It stands in commands as MARK. */
static char *marked(struct arena *arena, const char *command)
{
	TEXT_AUTO text = {0};
	for (const char *at = command; *at != '\0';) {
		bool here = strncmp(at, "MARK", 4) == 0;
		if (here)
			text_puts(&text, getenv("GRADER_MARK"));
		else
			text_add(&text, at, 1);
		at += here ? 4 : 1;
	}
	return arena_string(arena, text_string(&text));
}

static size_t marked_count(void)
{
	const char *mark = getenv("GRADER_MARK");
	size_t count = 0;
	DIR *entries = opendir("/proc");
	assert_non_null(entries);
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
		char path[300], line[4096];
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t length = fd < 0 ? -1 : read(fd, line, sizeof(line));
		if (length > 0 && memmem(line, (size_t)length, mark, strlen(mark)) != NULL)
			count++;
		if (fd >= 0)
			close(fd);
	}
	closedir(entries);
	return count;
}

/* Ways to outlive a test; each prints "started" when it has. */
static const char *const survivors[] = {
	"(setsid sh -c 'sleep MARK & sleep MARK' >/dev/null 2>&1 &); echo started",
	"trap '' TERM INT HUP QUIT; sleep MARK >/dev/null 2>&1 & echo started",
	"perl -e '$SIG{$_} = \"IGNORE\" for keys %SIG; fork and exit; fork and exit; close STDOUT; close STDERR; "
	"sleep 1 while $ARGV[0]' MARK; echo started",
	"perl -e 'exit if fork; close STDOUT; close STDERR; while ($ARGV[0]) { fork }' MARK; echo started",
	"sleep MARK >/dev/null 2>&1 & kill -STOP $!; echo started",
};

static void survivors_try(enum rung worst)
{
	for (size_t i = 0; i < sizeof(survivors) / sizeof(survivors[0]); i++) {
		struct arena *arena = arena_create();
		struct scene scene = {
			.command = marked(arena, survivors[i]), .watch = WATCH_NOTHING, .limits = {.processes = 60}};
		scene_expect_at(worst, &scene, "started\n");
		arena_destroy(arena);
		if (marked_count() != 0)
			fail_msg("left behind: %s", survivors[i]);
	}
}

static void no_program_outlives_its_box(void **state)
{
	(void)state;
	survivors_try(RUNG_A);
}

static void no_program_outlives_its_box_without_namespaces(void **state)
{
	(void)state;
	survivors_try(RUNG_D);
}

static void play_held_output(struct box *box, struct scene *scene, struct text *seen)
{
	struct diags diags;
	struct box_program program;
	struct arena *arena = arena_create();
	const char *const arguments[] = {"/bin/sh", "-c", marked(arena, "sleep MARK & exit 4"), NULL};
	int status;
	(void)scene;
	diags_init(&diags, arena);
	if (box_fork(box, arguments, WATCH_NOTHING, &program, &diags)) {
		box_open(box, &program);
		waitpid(program.pid, &status, 0);
		text_printf(seen, "%d", WEXITSTATUS(status));
	}
	arena_destroy(arena);
}

static void one_that_holds_the_output_is_ended_too(void **state)
{
	(void)state;
	struct scene scene = {.play = play_held_output};
	scene_expect_at(RUNG_A, &scene, "4");
	assert_int_equal(marked_count(), 0);
}

static size_t descriptors_count(void)
{
	size_t count = 0;
	DIR *entries = opendir("/proc/self/fd");
	assert_non_null(entries);
	while (readdir(entries) != NULL)
		count++;
	closedir(entries);
	return count;
}

static size_t entries_count(const char *folder, const char *prefix)
{
	size_t count = 0;
	DIR *entries = opendir(folder);
	if (entries == NULL)
		return 0;
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
		count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	closedir(entries);
	return count;
}

static void nothing_leaks(enum rung worst)
{
	TEXT_AUTO before = {0};
	TEXT_AUTO after = {0};
	size_t descriptors = descriptors_count(), folders = entries_count(getenv("TMPDIR"), "grader-");
	assert_true(file_read("/proc/self/mounts", 1 << 20, &before));
	for (int i = 0; i < 20; i++) {
		struct scene scene = {.command = "echo x >file; echo x >$TMPDIR/file; mkdir -p d/e; chmod 0 d; echo ok",
		                      .watch = WATCH_NOTHING};
		scene_expect_at(worst, &scene, "ok\n");
	}
	assert_true(file_read("/proc/self/mounts", 1 << 20, &after));
	assert_string_equal(text_string(&before), text_string(&after));
	assert_int_equal(descriptors_count(), descriptors);
	assert_int_equal(entries_count(getenv("TMPDIR"), "grader-"), folders);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
}

static void no_mount_descriptor_folder_or_child_is_left(void **state)
{
	(void)state;
	nothing_leaks(RUNG_A);
}

static void no_folder_is_left_without_namespaces(void **state)
{
	(void)state;
	nothing_leaks(RUNG_C);
}

/* What the runner of the scenes below does: its program runs when it says so. */
static void play_running(struct box *box, struct scene *scene, struct text *seen)
{
	struct diags diags;
	struct box_program program;
	struct arena *arena = arena_create();
	const char *const arguments[] = {"/bin/sh", "-c", marked(arena, "(setsid sleep MARK &); echo; sleep MARK"), NULL};
	char byte;
	(void)seen;
	diags_init(&diags, arena);
	if (!box_fork(box, arguments, WATCH_NOTHING, &program, &diags))
		_exit(1);
	box_open(box, &program);
	struct pollfd ready = {program.output, POLLIN, 0};
	poll(&ready, 1, -1);
	if (read(program.output, &byte, 1) != 1)
		_exit(1);
	if (scene->value != 0)
		kill(getpid(), SIGKILL);
	/* Both ends of a FIFO wait for each other. */
	int running = open(getenv("GRADER_RUNNING"), O_WRONLY | O_CLOEXEC);
	if (running < 0)
		_exit(1);
	for (;;)
		pause();
}

static void a_killed_runner_takes_its_programs_along(void **state)
{
	(void)state;
	for (enum rung worst = RUNG_A; worst <= RUNG_D; worst += RUNG_D) {
		struct scene scene = {.play = play_running, .value = 1};
		struct stage stage;
		stage_open_at(&stage, worst, &scene);
		stage_start(&stage);
		assert_string_equal(stage_play(&stage), "");
		keeper_stop(stage.keeper);
		stage.keeper = NULL;
		assert_int_equal(marked_count(), 0);
		stage_close(&stage);
	}
}

/* A grader in a process of its own, that has a test running: then `victim` is killed, the grader itself or its keeper,
 * and the test process, which inherits every orphan, waits for the end of all. */
static void killed_grader_try(enum rung worst, bool keeper)
{
	char name[64], path[80], folder[64];
	struct scene scene = {.play = play_running};
	snprintf(name, sizeof(name), "%.40s/running-XXXXXX", getenv("TMPDIR"));
	assert_non_null(mkdtemp(name));
	snprintf(path, sizeof(path), "%s/fifo", name);
	assert_int_equal(mkfifo(path, 0600), 0);
	setenv("GRADER_RUNNING", path, 1);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	int told[2];
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	pid_t grader = fork();
	if (grader == 0) {
		struct stage stage;
		struct pollfd never = {-1, 0, 0};
		stage_open_at(&stage, worst, &scene);
		stage_start(&stage);
		int report = stage_run(&stage, 0, -1);
		fd_write_all(told[1], stage.folder, sizeof(stage.folder));
		poll(&never, 1, keeper ? 0 : -1);
		struct pollfd ready = {report, POLLIN, 0};
		poll(&ready, 1, -1); /* the end of the runner */
		_exit(0);
	}
	assert_true(fd_read_all(told[0], folder, sizeof(folder)));
	int running = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(running >= 0);
	if (keeper) {
		char list[128];
		snprintf(list, sizeof(list), "/proc/%d/task/%d/children", grader, grader);
		TEXT_AUTO children = {0};
		assert_true(file_read(list, 4096, &children));
		assert_int_equal(kill((pid_t)strtol(text_string(&children), NULL, 10), SIGKILL), 0);
	} else {
		kill(grader, SIGKILL);
	}
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		continue;
	assert_int_equal(errno, ECHILD);
	assert_int_equal(marked_count(), 0);
	close(running);
	folder_remove(name);
	folder_remove(folder);
	close(told[0]);
	close(told[1]);
}

static void a_killed_grader_leaves_nothing(void **state)
{
	(void)state;
	size_t folders = entries_count(getenv("TMPDIR"), "grader-box-");
	killed_grader_try(RUNG_A, false);
	killed_grader_try(RUNG_C, false);
	assert_int_equal(entries_count(getenv("TMPDIR"), "grader-box-"), folders);
}

static void a_killed_keeper_takes_its_runners_along(void **state)
{
	(void)state;
	if (host_has_namespaces())
		killed_grader_try(RUNG_A, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_program_outlives_its_box),
		cmocka_unit_test(no_program_outlives_its_box_without_namespaces),
		cmocka_unit_test(one_that_holds_the_output_is_ended_too),
		cmocka_unit_test(no_mount_descriptor_folder_or_child_is_left),
		cmocka_unit_test(no_folder_is_left_without_namespaces),
		cmocka_unit_test(a_killed_runner_takes_its_programs_along),
		cmocka_unit_test(a_killed_grader_leaves_nothing),
		cmocka_unit_test(a_killed_keeper_takes_its_runners_along),
	};
	/* Another run of these tests at the same time shall not be seen. */
	char mark[32], folder[] = "/tmp/grader-end-XXXXXX";
	snprintf(mark, sizeof(mark), "8602%d121", getpid());
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) < 0)
		return 1;
	setenv("GRADER_MARK", mark, 1);
	setenv("TMPDIR", folder, 1);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	folder_remove(folder);
	return failed;
}
