/* What a host allows. */
#include "stage.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sched.h>

static struct host probe(enum rung worst, struct arena *arena)
{
	struct host host;
	host_probe(&host, worst, arena);
	return host;
}

static void each_probe_says_what_was_seen_and_what_is_lost(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	struct host host = probe(RUNG_A, arena);
	assert_true(host.probe_count >= 10);
	for (size_t i = 0; i < host.probe_count; i++) {
		assert_non_null(host.probes[i].name);
		assert_non_null(host.probes[i].seen);
		assert_non_null(host.probes[i].lost);
		assert_int_equal(host.probes[i].works, host.probes[i].remedy == NULL);
	}
	arena_destroy(arena);
}

static void a_rung_is_lowered_on_purpose(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	for (enum rung worst = RUNG_A; worst <= RUNG_E; worst++) {
		struct host host = probe(worst, arena);
		assert_true(host.rung >= worst);
		assert_true(worst < RUNG_B || (!host.namespaces && !host.overlay));
		assert_true(worst < RUNG_C || !host.capture);
		assert_true(worst < RUNG_D || !host.tracing);
	}
	arena_destroy(arena);
}

static void probing_leaves_nothing_changed(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	char before[256], after[256];
	TEXT_AUTO mounts_before = {0};
	TEXT_AUTO mounts_after = {0};
	assert_true(file_read("/proc/self/mounts", 1 << 20, &mounts_before));
	ssize_t length = readlink("/proc/self/ns/net", before, sizeof(before) - 1);
	before[length] = '\0';
	probe(RUNG_A, arena);
	length = readlink("/proc/self/ns/net", after, sizeof(after) - 1);
	after[length] = '\0';
	assert_true(file_read("/proc/self/mounts", 1 << 20, &mounts_after));
	assert_string_equal(before, after);
	assert_string_equal(text_string(&mounts_before), text_string(&mounts_after));
	assert_int_equal(waitpid(-1, NULL, 0), -1);
	arena_destroy(arena);
}

/* In a child that can make no user namespace, as an unprivileged user of a host that allows none. */
static void without_namespaces_the_rung_and_the_remedy_are_told(void **state)
{
	(void)state;
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct arena *arena = arena_create();
		FILE *most;
		/* A user namespace of its own whose limit is 0: max_user_namespaces counts in each. */
		if (geteuid() == 0 && (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0))
			_exit(77);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		if (unshare(CLONE_NEWUSER) < 0 || (most = fopen("/proc/sys/user/max_user_namespaces", "w")) == NULL ||
		    fputs("0", most) < 0 || fclose(most) != 0)
			_exit(77);
		struct host host = probe(RUNG_A, arena);
		bool told = host.probe_count > 0 && !host.probes[0].works &&
		            strstr(host.probes[0].seen, "unshare(CLONE_NEWUSER): No space left on device") != NULL &&
		            strstr(host.probes[0].remedy, "max_user_namespaces") != NULL;
		if (!told)
			fprintf(stderr, "%s: %s\n", host.probes[0].name, host.probes[0].seen);
		_exit(told && !host.namespaces && !host.capture && host.rung >= RUNG_C ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		print_message("passed over: user namespaces cannot be limited here\n");
	else
		assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_probe_says_what_was_seen_and_what_is_lost),
		cmocka_unit_test(a_rung_is_lowered_on_purpose),
		cmocka_unit_test(probing_leaves_nothing_changed),
		cmocka_unit_test(without_namespaces_the_rung_and_the_remedy_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
