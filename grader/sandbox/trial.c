#include "sandbox/trial.h"

#include "base/fd.h"
#include "sandbox/landlock.h"
#include "sandbox/mishap.h"
#include "sandbox/network.h"
#include "sandbox/trace_trial.h"
#include "sandbox/user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

NAMES_DEFINE(trial, TRIALS)

static bool result_set(struct trial_result *result, bool works, const struct mishap *mishap)
{
	result->tried = true;
	result->works = works;
	if (!works) {
		result->error = mishap->error;
		memcpy(result->step, mishap->step, sizeof(result->step) - 1);
	}
	return works;
}

static bool mount_try(struct mishap *mishap)
{
	if (unshare(CLONE_NEWNS) < 0)
		return mishap_errno(mishap, "unshare(CLONE_NEWNS)");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return mishap_errno(mishap, "mount(MS_PRIVATE) on /");
	if (mount("grader", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0755") < 0)
		return mishap_errno(mishap, "mount(tmpfs)");
	return true;
}

static bool network_try(int proc, struct mishap *mishap)
{
	if (unshare(CLONE_NEWNET) < 0)
		return mishap_errno(mishap, "unshare(CLONE_NEWNET)");
	struct box_network network;
	return network_make(&network, proc, false, mishap);
}

static bool space_try(int flags, const char *name, struct mishap *mishap)
{
	if (unshare(flags) < 0)
		return mishap_errno(mishap, "unshare(%s)", name);
	return true;
}

static bool overlay_try(bool root, struct mishap *mishap)
{
	static const char *const folders[] = {"/tmp/lower", "/tmp/upper", "/tmp/work", "/tmp/merged"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(folders[i], 0755) < 0)
			return mishap_errno(mishap, "mkdir in a new tmpfs");
	const char *options = root ? "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work"
	                           : "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work,userxattr";
	if (mount("grader", "/tmp/merged", "overlay", MS_NOSUID | MS_NODEV, options) < 0)
		return mishap_errno(mishap, "mount(overlay)");
	return true;
}

/* In the new pid namespace, as its first process. */
static bool proc_try(struct mishap *mishap)
{
	int pair[2];
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	if (mkdir("/tmp/proc", 0755) < 0 || pipe2(pair, O_CLOEXEC) < 0)
		return mishap_errno(mishap, "mkdir in a new tmpfs");
	pid_t first = fork();
	if (first == 0) {
		int error = 0;
		if (mount("proc", "/tmp/proc", "proc", flags, "hidepid=2,subset=pid") < 0 &&
		    mount("proc", "/tmp/proc", "proc", flags, "hidepid=2") < 0)
			error = errno;
		_exit(fd_write_all(pair[1], &error, sizeof(error)) ? 0 : 1);
	}
	int error = first < 0 ? errno : EIO;
	close(pair[1]);
	if (first > 0) {
		if (!fd_read_all(pair[0], &error, sizeof(error)))
			error = EIO;
		waitpid(first, NULL, 0);
	}
	close(pair[0]);
	errno = error;
	return error == 0 || mishap_errno(mishap, "mount(proc)");
}

/* A socket type that AF_PACKET does not have is refused after the capability was looked at, and leaves nothing that
 * takes the kernel milliseconds to close. */
static bool capture_try(struct mishap *mishap)
{
	FD_AUTO fd = socket(AF_PACKET, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return fd >= 0 || errno == ESOCKTNOSUPPORT || mishap_errno(mishap, "socket(AF_PACKET)");
}

static bool files_try(struct mishap *mishap)
{
	return landlock_version() > 0 || mishap_errno(mishap, "landlock_create_ruleset");
}

static bool diagnosis_try(struct mishap *mishap)
{
	FD_AUTO fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return mishap_errno(mishap, "socket(NETLINK_SOCK_DIAG)");
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {.header = {sizeof(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0},
	             .body = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u}};
	request.body.id.idiag_cookie[0] = request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	struct {
		struct nlmsghdr header;
		struct nlmsgerr body;
		char more[1024];
	} answer = {0};
	if (send(fd, &request, sizeof(request), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return mishap_errno(mishap, "asking inet_diag");
	errno = answer.header.nlmsg_type == NLMSG_ERROR ? -answer.body.error : 0;
	/* "No such socket" is the answer of a kernel that can be asked. */
	return errno == 0 || errno == ENOENT || mishap_errno(mishap, "asking inet_diag");
}

static void trials_do(struct trial_result results[static TRIALS_COUNT], enum trier trier)
{
	struct mishap mishap = {0};
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool root = trier == TRIER_ROOT, able = root;
	if (trier == TRIER_DEMOTED && !user_demote(USER_TRIAL, GROUP_POOL, &mishap)) {
		result_set(&results[TRIAL_USER], false, &mishap);
		fd_close(&proc);
		return;
	}
	trace_trials(proc, root, &results[TRIAL_TRACING], &results[TRIAL_STATUS]);
	if (!root)
		able = result_set(&results[TRIAL_USER], user_namespace_enter(proc, &mishap), &mishap);
	if (able) {
		bool mounts = result_set(&results[TRIAL_MOUNT], mount_try(&mishap), &mishap);
		result_set(&results[TRIAL_NETWORK], network_try(proc, &mishap), &mishap);
		result_set(&results[TRIAL_IPC], space_try(CLONE_NEWIPC | CLONE_NEWUTS, "CLONE_NEWIPC | CLONE_NEWUTS", &mishap),
		           &mishap);
		bool pids = result_set(&results[TRIAL_PID], space_try(CLONE_NEWPID, "CLONE_NEWPID", &mishap), &mishap);
		if (mounts)
			result_set(&results[TRIAL_OVERLAY], overlay_try(root, &mishap), &mishap);
		if (mounts && pids)
			result_set(&results[TRIAL_PROC], proc_try(&mishap), &mishap);
	}
	result_set(&results[TRIAL_FILES], files_try(&mishap), &mishap);
	result_set(&results[TRIAL_CAPTURE], capture_try(&mishap), &mishap);
	result_set(&results[TRIAL_DIAGNOSIS], diagnosis_try(&mishap), &mishap);
	fd_close(&proc);
}

void trials_make(struct trial_result results[static TRIALS_COUNT], enum trier trier)
{
	int pipe[2];
	memset(results, 0, TRIALS_COUNT * sizeof(*results));
	if (pipe2(pipe, O_CLOEXEC) < 0)
		return;
	pid_t child = fork();
	if (child == 0) {
		struct trial_result own[TRIALS_COUNT] = {0};
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		signal(SIGCHLD, SIG_DFL);
		close(pipe[0]);
		trials_do(own, trier);
		_exit(fd_write_all(pipe[1], own, sizeof(own)) ? 0 : 1);
	}
	close(pipe[1]);
	if (child > 0) {
		if (!fd_read_all(pipe[0], results, TRIALS_COUNT * sizeof(*results)))
			memset(results, 0, TRIALS_COUNT * sizeof(*results));
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	close(pipe[0]);
}
