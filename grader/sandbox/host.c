#include "sandbox/host.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/text.h"
#include "sandbox/trial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LOST_NETWORK                                                                                                   \
	"a network of its own: ports are shared, segments are not those of a wire, TCP states wait for delayed ACKs, "     \
	"and a program can reach other hosts"

/* What cannot be had without each; the remedies for all of them are found by remedy_find. */
static const char *const losses[TRIALS_COUNT] = {
	[TRIAL_USER] = "namespaces: without them, or root, a program shares ports, files and processes with the host",
	[TRIAL_MOUNT] =
		"a root folder of its own: a program can read what every user of this host can read, and is ended only when it "
		"has written 1 GiB to this host's disk",
	[TRIAL_NETWORK] = LOST_NETWORK,
	[TRIAL_PID] = "the certain end of everything a program started, and that it cannot signal other processes",
	[TRIAL_IPC] = "shared memory and message queues of its own",
	[TRIAL_OVERLAY] = "nothing that is seen: the submission is copied for each test, which takes longer",
	[TRIAL_PROC] = "nothing that is graded: a program sees in /proc which other processes there are",
	[TRIAL_FILES] = "without namespaces: a program can read what every user of this host can read",
	[TRIAL_TRACING] = "the calls a program makes: what only they show stays inconclusive",
	[TRIAL_STATUS] = "where a program is blocked: verdicts wait for deadlines",
	[TRIAL_CAPTURE] = "the segments on the wire: `wire` lines are inconclusive",
	[TRIAL_DIAGNOSIS] = "TCP states as the kernel has them: `state` lines rest on segments alone",
};

#define REMEDY_CONTAINER                                                                                               \
	"start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined "                   \
	"--security-opt systempaths=unconfined"

static bool setting_is(const char *path, const char *value)
{
	TEXT_AUTO content = {0};
	return file_read(path, 4096, &content) && strncmp(text_string(&content), value, strlen(value)) == 0;
}

/* Container engines leave a mark, or at least mount /proc/sys for reading only. */
static bool in_container(void)
{
	struct statvfs settings;
	return (statvfs("/proc/sys", &settings) == 0 && (settings.f_flag & ST_RDONLY) != 0) ||
	       access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 || getenv("container") != NULL;
}

static const char *user_remedy(int error)
{
	if (error == ENOSPC || setting_is("/proc/sys/user/max_user_namespaces", "0\n"))
		return "as root: sysctl user.max_user_namespaces=10000";
	if (setting_is("/proc/sys/kernel/unprivileged_userns_clone", "0"))
		return "as root: sysctl kernel.unprivileged_userns_clone=1";
	if (setting_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"))
		return "run grader as root, or as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0";
	if (error == ENOSYS || error == EINVAL)
		return "run grader as root, or a kernel with user namespaces (CONFIG_USER_NS)";
	return in_container() ? REMEDY_CONTAINER : "run grader as root";
}

static const char *namespace_remedy(bool root, int error)
{
	if (error == ENOSPC)
		return "as root: raise the limits in /proc/sys/user/max_*_namespaces";
	if (!root && setting_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"))
		return "run grader as root, or as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0";
	if (in_container())
		return REMEDY_CONTAINER;
	return root ? "give the process CAP_SYS_ADMIN and CAP_NET_ADMIN" : "run grader as root";
}

static const char *tracing_remedy(void)
{
	if (setting_is("/proc/sys/kernel/yama/ptrace_scope", "3"))
		return "kernel.yama.ptrace_scope is 3 until the next boot: set it to 1 in /etc/sysctl.d and reboot";
	if (setting_is("/proc/sys/kernel/yama/ptrace_scope", "2"))
		return "run grader as root, or as root: sysctl kernel.yama.ptrace_scope=1";
	return in_container() ? "start the container with --cap-add SYS_PTRACE"
	                      : "let the process use ptrace(2) and seccomp(2)";
}

static const char *remedy_find(enum trial trial, const struct trial_result *result, bool root)
{
	if (!result->tried)
		return "what helps the ones it needs";
	switch (trial) {
	case TRIAL_USER:
		return user_remedy(result->error);
	case TRIAL_MOUNT:
	case TRIAL_NETWORK:
	case TRIAL_PID:
	case TRIAL_IPC:
		return namespace_remedy(root, result->error);
	case TRIAL_OVERLAY:
		return "load the kernel module overlay (unprivileged: Linux 5.11 or later)";
	case TRIAL_PROC:
		return in_container() ? "start the container with --security-opt systempaths=unconfined"
		                      : "unmount what covers parts of /proc";
	case TRIAL_FILES:
		return "boot Linux 5.13 or later with landlock in its lsm= list";
	case TRIAL_TRACING:
		return tracing_remedy();
	case TRIAL_STATUS:
		return "mount /proc without hidepid";
	case TRIAL_CAPTURE:
		return root ? "give the process CAP_NET_RAW" : "run grader as root, or where namespaces can be made";
	case TRIAL_DIAGNOSIS:
		return "load the kernel modules inet_diag and tcp_diag";
	}
	return NULL;
}

static const char *seen_text(const struct trial_result *result, struct arena *arena)
{
	if (!result->tried)
		return "not tried: it needs what failed before";
	if (result->works)
		return "works";
	if (result->error == 0)
		return arena_string(arena, result->step);
	return arena_printf(arena, "%s: %s", result->step, strerror(result->error));
}

static void probes_make(struct host *host, const struct trial_result *results, struct arena *arena)
{
	host->probes = arena_array(arena, TRIALS_COUNT, sizeof(*host->probes));
	for (unsigned i = 0; i < TRIALS_COUNT; i++) {
		if (i == TRIAL_USER && host->root)
			continue;
		const struct trial_result *result = &results[i];
		host->probes[host->probe_count++] = (struct probe){
			.name = trial_word((enum trial)i),
			.works = result->works,
			.seen = seen_text(result, arena),
			.lost = losses[i],
			.remedy = result->works ? NULL : remedy_find((enum trial)i, result, host->root),
		};
	}
}

/* On purpose: what a rung does not have is not used. */
static void host_lower(struct host *host, enum rung worst)
{
	if (worst >= RUNG_B)
		host->namespaces = host->user_namespace = host->overlay = host->proc = false;
	if (worst >= RUNG_C || (worst >= RUNG_B && !host->root))
		host->capture = false;
	if (worst >= RUNG_D)
		host->tracing = false;
	if (worst >= RUNG_E)
		host->diagnosis = false;
}

static bool spaces_work(const struct trial_result results[static TRIALS_COUNT])
{
	return results[TRIAL_MOUNT].works && results[TRIAL_NETWORK].works && results[TRIAL_PID].works &&
	       results[TRIAL_IPC].works;
}

/* Root of a container has not the capability that namespaces need, and may yet make a user namespace that gives it. */
static void trials_choose(struct trial_result results[static TRIALS_COUNT], enum rung worst, struct host *host)
{
	struct trial_result others[TRIALS_COUNT];
	*host = (struct host){.root = geteuid() == 0};
	trials_make(results, host->root ? TRIER_ROOT : TRIER_USER);
	if (!host->root || spaces_work(results) || worst > RUNG_A)
		return;
	trials_make(others, TRIER_DEMOTED);
	host->demoted = others[TRIAL_USER].works && spaces_work(others);
	if (!host->demoted)
		return;
	host->root = false;
	memcpy(results, others, sizeof(others));
}

void host_probe(struct host *host, enum rung worst, struct arena *arena)
{
	struct trial_result results[TRIALS_COUNT];
	trials_choose(results, worst, host);
	host->user_namespace = results[TRIAL_USER].works;
	host->namespaces = (host->root || host->user_namespace) && spaces_work(results);
	host->overlay = host->namespaces && results[TRIAL_OVERLAY].works;
	host->proc = host->namespaces && results[TRIAL_PROC].works;
	host->files = results[TRIAL_FILES].works;
	host->tracing = results[TRIAL_TRACING].works && results[TRIAL_STATUS].works;
	host->capture = results[TRIAL_CAPTURE].works && (host->namespaces || host->root);
	host->diagnosis = results[TRIAL_DIAGNOSIS].works;
	host_lower(host, worst);
	if (host->namespaces && host->tracing && host->capture)
		host->rung = RUNG_A;
	else if (host->tracing && host->capture)
		host->rung = RUNG_B;
	else if (host->tracing)
		host->rung = RUNG_C;
	else
		host->rung = results[TRIAL_STATUS].works ? RUNG_D : RUNG_E;
	if (worst > host->rung)
		host->rung = worst;
	probes_make(host, results, arena);
}
