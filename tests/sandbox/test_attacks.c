/* The programs of tests/attacks: built and run as a student's are, they must get nothing. */
#include "stage.h"

#include "sandbox/cgroup.h"

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#define WORD "kvetch-48611"

static void attack_add(const struct stage *stage, const char *name)
{
	TEXT_AUTO path = {0};
	TEXT_AUTO content = {0};
	text_printf(&path, "%s/tests/attacks/%s", SOURCE_FOLDER, name);
	assert_true(file_read(text_string(&path), 1 << 20, &content));
	stage_file(stage, name, text_string(&content), 0644);
}

/* Builds tests/attacks/NAME.c in the box. */
static void attack_open(struct stage *stage, enum rung worst, const char *name, struct scene *scene)
{
	struct text output = {0};
	char source[64], build[256];
	int status, reached;
	const char *const arguments[] = {"/bin/sh", "-c", build, NULL};
	struct command command = {arguments};
	stage_open_at(stage, worst, scene);
	snprintf(source, sizeof(source), "%s.c", name);
	attack_add(stage, source);
	attack_add(stage, "attack.h");
	stage_start(stage);
	snprintf(build, sizeof(build), "cc -D_GNU_SOURCE -w -O0 -o %s %s -pthread", name, source);
	if (!keeper_build(stage->keeper, &command, &limits_default, &output, &status, &reached, &stage->diags))
		fail_msg("%s", stage->diags.list[0].message);
	if (status != 0)
		fail_msg("%s", text_string(&output));
	text_release(&output);
}

/* It ran to its end and no line of what it printed begins with "got ". */
static void nothing_got(const char *seen)
{
	if (strncmp(seen, "got ", 4) == 0 || strstr(seen, "\ngot ") != NULL || strstr(seen, "done\n") == NULL) {
		fputs(seen, stderr);
		fail_msg("it got something, or did not come to its end");
	}
}

static char *secret_make(char *path, mode_t mode)
{
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	fd_write_all(fd, WORD "\n", strlen(WORD) + 1);
	fchmod(fd, mode);
	close(fd);
	return path;
}

/* Everything that a careless grader leaves about. */
static const char *secrets_try(struct stage *stage, enum rung worst)
{
	char open_one[] = "/tmp/grader-secret-XXXXXX", closed[] = "/var/tmp/grader-secret-XXXXXX";
	char memory[] = "/dev/shm/grader-secret-XXXXXX", command[512];
	secret_make(open_one, 0644);
	secret_make(closed, 0600);
	secret_make(memory, 0644);
	setenv("GRADER_TOKEN", WORD, 1);
	int leaked = open(closed, O_RDONLY); /* not close-on-exec */
	int segment = shmget(0x47524144, 64, IPC_CREAT | 0666);
	snprintf(command, sizeof(command), "exec ./secrets " WORD " %s %s %s %s/CMakeLists.txt /proc/self/fd/%d", open_one,
	         closed, memory, SOURCE_FOLDER, leaked);
	struct scene scene = {.command = command, .watch = WATCH_NOTHING};
	attack_open(stage, worst, "secrets", &scene);
	const char *seen = stage_play(stage);
	unlink(open_one);
	unlink(closed);
	unlink(memory);
	unsetenv("GRADER_TOKEN");
	close(leaked);
	shmctl(segment, IPC_RMID, NULL);
	return seen;
}

static void no_secret_can_be_read(void **state)
{
	(void)state;
	struct stage stage;
	if (!host_has_namespaces())
		return;
	nothing_got(secrets_try(&stage, RUNG_A));
	stage_close(&stage);
}

/* A program sees then that there are other processes and connections, but not what they hold. */
static void no_secret_can_be_read_without_namespaces(void **state)
{
	(void)state;
	static const char *const known[] = {"other processes in /proc", "cmdline of process 1", "cmdline of the parent",
	                                    "/proc/net/tcp", "/proc/kallsyms"};
	struct stage stage;
	const char *seen = secrets_try(&stage, RUNG_C);
	assert_non_null(strstr(seen, "done\n"));
	for (const char *line = strstr(seen, "got "); line != NULL && stage.host.files; line = strstr(line, "\ngot ")) {
		bool is_known = false;
		line += *line == '\n';
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known = is_known || strncmp(line + 4, known[i], strlen(known[i])) == 0;
		if (!is_known) {
			fputs(seen, stderr);
			fail_msg("it got something");
		}
	}
	stage_close(&stage);
}

static void there_is_no_way_out(void **state)
{
	(void)state;
	if (!host_has_namespaces())
		return;
	struct stage stage;
	struct scene scene = {.command = "./escape", .watch = WATCH_NOTHING};
	attack_open(&stage, RUNG_A, "escape", &scene);
	nothing_got(stage_play(&stage));
	stage_close(&stage);
}

static void calls_of_another_instruction_set_kill_or_fail(void **state)
{
	(void)state;
	struct stage stage;
	struct scene scene = {.command = "./foreign; echo $?; ./foreign x32", .watch = WATCH_NOTHING};
	attack_open(&stage, RUNG_A, "foreign", &scene);
	const char *seen = stage_play(&stage);
	if (strstr(seen, "got ") != NULL)
		fail_msg("%s", seen);
#if defined(__x86_64__)
	assert_non_null(strstr(seen, "159\n")); /* 128 + SIGSYS */
#endif
	stage_close(&stage);
}

static void kill_try(enum rung worst)
{
	char command[128];
	struct stage stage;
	struct scene scene = {.command = command, .watch = WATCH_NOTHING};
	/* This process is the grader; the parent of the program is its runner, which the attack finds by itself. */
	snprintf(command, sizeof(command), "exec ./killer %d", getpid());
	attack_open(&stage, worst, "killer", &scene);
	const char *seen = stage_play(&stage);
	if (strstr(seen, "got ") != NULL) {
		fputs(seen, stderr);
		fail_msg("it reached the grader");
	}
	/* Everything of the grader is still there, and the next test runs as this one did. */
	assert_string_equal(stage_play(&stage), seen);
	stage_close(&stage);
}

static void nobody_else_can_be_killed(void **state)
{
	(void)state;
	if (host_has_namespaces())
		kill_try(RUNG_A);
	kill_try(RUNG_C);
	kill_try(RUNG_D);
}

static void starve_try(const char *what, unsigned long most)
{
	struct stage stage;
	char command[64];
	struct limits limits = {.processes = 40, .descriptors = 100, .memory_bytes = 256 << 20, .file_bytes = 8 << 20};
	struct scene scene = {.command = command, .watch = WATCH_NOTHING, .limits = limits};
	snprintf(command, sizeof(command), "exec ./starve %s", what);
	attack_open(&stage, RUNG_A, "starve", &scene);
	const char *seen = stage_play(&stage);
	assert_int_equal(strncmp(seen, what, strlen(what)), 0);
	if (strtoul(seen + strlen(what), NULL, 10) > most)
		fail_msg("%s", seen);
	stage_close(&stage);
}

static void nothing_can_be_used_up(void **state)
{
	(void)state;
	struct cgroups cgroups;
	cgroups_find(&cgroups);
	starve_try("forks", 40);
	starve_try("threads", 40);
	starve_try("descriptors", 100);
	if (host_has_namespaces())
		starve_try("disk", 64);
	if (cgroups.version != 0)
		starve_try("memory", 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_secret_can_be_read),     cmocka_unit_test(no_secret_can_be_read_without_namespaces),
		cmocka_unit_test(there_is_no_way_out),       cmocka_unit_test(calls_of_another_instruction_set_kill_or_fail),
		cmocka_unit_test(nobody_else_can_be_killed), cmocka_unit_test(nothing_can_be_used_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
