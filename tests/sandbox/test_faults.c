/* A step of the set-up that fails is the harness's error, and the program is not run: each system call of the set-up is
 * made to fail in turn. */
#include "stage.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>

/* All uses of it fail with EPERM from now on, in the runner and all it forks. */
static bool call_break(int number)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(steps) / sizeof(steps[0]), steps};
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ||
	       (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

/* Before the box is entered. */
static void play_broken(struct box *box, struct scene *scene, struct text *seen)
{
	if (box == NULL) {
		if (!call_break(scene->value))
			text_puts(seen, "not broken");
		return;
	}
	box_shell(box, "echo executed", WATCH_NOTHING, seen);
}

/* The calls without which there is no box. */
static const struct needed {
	int number;
	const char *name;
	bool root_only;
} steps[] = {
	{SYS_unshare, "unshare", false},
	{SYS_setns, "setns", false},
	{SYS_mount, "mount", false},
	{SYS_socket, "socket", false},
	{SYS_sendto, "sendto", false},
	{SYS_recvfrom, "recvfrom", false},
	{SYS_ioctl, "ioctl", false},
	{SYS_socketpair, "socketpair", false},
	{SYS_sendmsg, "sendmsg", false},
	{SYS_openat, "openat", false},
#ifdef SYS_mkdir
	{SYS_mkdir, "mkdir", false},
	{SYS_chmod, "chmod", false},
	{SYS_chown, "chown", true},
#else
	{SYS_mkdirat, "mkdirat", false},
	{SYS_fchownat, "fchownat", true},
#endif
	{SYS_capset, "capset", false},
	{SYS_prctl, "prctl", false},
	{SYS_close_range, "close_range", false},
	{SYS_pipe2, "pipe2", false},
	{SYS_fcntl, "fcntl", false},
	{SYS_dup3, "dup3", false},
	{SYS_setsid, "setsid", false},
	{SYS_rt_sigaction, "rt_sigaction", false},
	{SYS_rt_sigprocmask, "rt_sigprocmask", false},
	{SYS_chdir, "chdir", false},
	{SYS_setgroups, "setgroups", true},
	{SYS_setresgid, "setresgid", true},
	{SYS_setresuid, "setresuid", true},
	{SYS_prlimit64, "prlimit64", false},
	{SYS_seccomp, "seccomp", false},
	{SYS_clone, "clone", false},
	{SYS_tee, "tee", false},
};

static void steps_try(enum rung worst, bool namespaces)
{
	/* Calls that only a box in namespaces makes. */
	static const int enclosed[] = {
		SYS_unshare, SYS_setns, SYS_mount, SYS_socket, SYS_sendto, SYS_recvfrom, SYS_ioctl, SYS_socketpair, SYS_sendmsg,
#ifdef SYS_chmod
		SYS_chmod,
#endif
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct scene scene = {.play = play_broken, .before = true, .value = steps[i].number};
		struct stage stage;
		bool passed_over = steps[i].root_only && geteuid() != 0;
		for (size_t k = 0; !namespaces && k < sizeof(enclosed) / sizeof(enclosed[0]); k++)
			passed_over = passed_over || steps[i].number == enclosed[k];
		if (passed_over)
			continue;
		stage_open_at(&stage, worst, &scene);
		stage_start(&stage);
		const char *seen = stage_play(&stage);
		if (strstr(seen, "harness error: ") == NULL)
			fail_msg("%s fails: %s", steps[i].name, seen);
		if (strstr(seen, "executed") != NULL)
			fail_msg("%s fails, and the program ran: %s", steps[i].name, seen);
		stage_close(&stage);
	}
}

static void a_failing_step_is_an_error_and_nothing_runs(void **state)
{
	(void)state;
	if (host_has_namespaces())
		steps_try(RUNG_A, true);
}

static void a_failing_step_is_an_error_without_namespaces_too(void **state)
{
	(void)state;
	steps_try(RUNG_D, false);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	struct stage stage;
	const struct box_place nowhere = {"/nonexistent/submission"};
	stage_open_at(&stage, RUNG_A, NULL);
	assert_null(keeper_start(&stage.host, &nowhere, scene_body, &stage, &stage.diags));
	assert_string_equal(stage.diags.list[0].message,
	                    "the sandbox could not be set up: the submission's folder /nonexistent/submission: No such "
	                    "file or directory");
	stage_close(&stage);
}

static void a_processor_that_is_not_there_keeps_no_test_from_running(void **state)
{
	(void)state;
	struct stage stage;
	TEXT_AUTO seen = {0};
	struct scene scene = {.command = "echo ran", .watch = WATCH_NOTHING};
	stage_open_at(&stage, RUNG_A, &scene);
	stage_start(&stage);
	int report = stage_run(&stage, 0, 1000);
	assert_true(report >= 0);
	report_read(report, &seen);
	assert_string_equal(text_string(&seen), "ran\n");
	stage_close(&stage);
}

static void a_box_outside_a_runner_is_an_error(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	struct diags diags;
	struct test test = {0};
	struct plan_test plan = {.test = &test, .limits = limits_default};
	diags_init(&diags, arena);
	assert_null(box_enter(&plan, &diags));
	assert_int_equal(diags.errors, 1);
	arena_destroy(arena);
}

static void a_keeper_that_is_gone_is_an_error(void **state)
{
	(void)state;
	struct stage stage;
	struct scene scene = {.command = "echo ran", .watch = WATCH_NOTHING};
	stage_open_at(&stage, RUNG_A, &scene);
	stage_start(&stage);
	char list[64];
	snprintf(list, sizeof(list), "/proc/self/task/%d/children", getpid());
	TEXT_AUTO children = {0};
	assert_true(file_read(list, 4096, &children));
	assert_int_equal(kill((pid_t)strtol(text_string(&children), NULL, 10), SIGKILL), 0);
	assert_int_equal(stage_run(&stage, 0, -1), -1);
	assert_int_equal(stage.diags.errors, 1);
	stage_close(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failing_step_is_an_error_and_nothing_runs),
		cmocka_unit_test(a_failing_step_is_an_error_without_namespaces_too),
		cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
		cmocka_unit_test(a_processor_that_is_not_there_keeps_no_test_from_running),
		cmocka_unit_test(a_box_outside_a_runner_is_an_error),
		cmocka_unit_test(a_keeper_that_is_gone_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
