#include "sandbox/shim.h"

#include "base/fd.h"
#include "sandbox/folder.h"
#include "sandbox/handover.h"
#include "sandbox/site.h"
#include "sandbox/user.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a test may write in all (its layer over the submission, /tmp and /dev/shm), and a build in /tmp. */
enum { TEST_FILES = 8192, BUILD_FILES = 131072 };
/* The longest life of a box, of the time limit: that does not count what a busy host takes. */
enum { LIFE_TIMES = 20, LIFE_SPARE_MS = 60000, LIFE_TIMES_NS = 600000000 };
#define TEST_BYTES_LEAST ((uint64_t)64 << 20)
#define BUILD_BYTES_LEAST ((uint64_t)1 << 30)

static bool folder_own(const char *path, mode_t mode, const struct post *post, struct mishap *mishap)
{
	if (mkdir(path, mode) < 0 || chmod(path, mode) < 0)
		return mishap_errno(mishap, "mkdir %s", path);
	if (post->switches_user && chown(path, post->user, post->group) < 0)
		return mishap_errno(mishap, "chown %s", path);
	return true;
}

static bool move_onto(const char *from, const char *onto, struct mishap *mishap)
{
	if (mount(from, onto, NULL, MS_BIND, NULL) < 0)
		return mishap_errno(mishap, "binding %s on %s", from, onto);
	return true;
}

/* One tmpfs holds all that the test writes, so that one size bounds it.  It is put on /tmp first, and covered there in
 * the end by a folder of its own. */
static bool scratch_mount(const struct post *post, const struct box_order *order, struct mishap *mishap)
{
	char options[128];
	uint64_t least = order->writable ? BUILD_BYTES_LEAST : TEST_BYTES_LEAST;
	uint64_t bytes = order->limits.file_bytes > least / 2 ? order->limits.file_bytes * 2 : least;
	snprintf(options, sizeof(options), "size=%" PRIu64 ",nr_inodes=%d,mode=0755", bytes,
	         order->writable ? BUILD_FILES : TEST_FILES);
	if (mount("box", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return mishap_errno(mishap, "mount(tmpfs) on /tmp");
	return folder_own("/tmp/tmp", 01777, post, mishap) && folder_own("/tmp/shm", 01777, post, mishap);
}

static bool layer_mount(const struct post *post, struct mishap *mishap)
{
	if (!folder_own("/tmp/box", 0755, post, mishap))
		return false;
	if (!post->site->host.overlay) {
		uid_t owner = post->switches_user ? post->user : (uid_t)-1;
		return folder_copy("/box", "/tmp/box", owner, post->group, mishap) && move_onto("/tmp/box", "/box", mishap);
	}
	if (!folder_own("/tmp/work", 0755, post, mishap))
		return false;
	char options[160];
	snprintf(options, sizeof(options), "lowerdir=/box,upperdir=/tmp/box,workdir=/tmp/work,index=off,metacopy=off%s",
	         post->site->host.root ? "" : ",userxattr");
	if (mount("box", "/box", "overlay", MS_NOSUID | MS_NODEV, options) < 0)
		return mishap_errno(mishap, "mount(overlay) on /box");
	return true;
}

/* Only the program's own processes are in it (subset=pid since Linux 5.8). */
static bool proc_mount(struct mishap *mishap)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	if (mount("proc", "/proc", "proc", flags, "hidepid=2,subset=pid") == 0 ||
	    (errno == EINVAL && mount("proc", "/proc", "proc", flags, "hidepid=2") == 0))
		return true;
	return mishap_errno(mishap, "mount(proc) on /proc");
}

static bool view_make(const struct post *post, const struct box_order *order, struct mishap *mishap)
{
	if (setns(post->site->view, CLONE_NEWNS) < 0)
		return mishap_errno(mishap, "setns to the root of the boxes");
	if (unshare(CLONE_NEWNS) < 0)
		return mishap_errno(mishap, "unshare(CLONE_NEWNS)");
	return scratch_mount(post, order, mishap) && (order->writable || layer_mount(post, mishap)) &&
	       move_onto("/tmp/shm", "/dev/shm", mishap) && move_onto("/tmp/tmp", "/tmp", mishap) &&
	       (!post->site->host.proc || proc_mount(mishap));
}

/* Leaves open: `life` as descriptor 0, nothing else. */
static bool hands_empty(int life, struct mishap *mishap)
{
	if (dup2(life, 0) < 0 || close_range(1, ~0u, 0) < 0)
		return mishap_errno(mishap, "close_range");
	return true;
}

/* Until the runner ends the box or is gone.  A program can make the runner wait with it, in a call that no signal ends
 * (splice(2) into a copy of its output keeps the pipe locked): so the box does not last for ever. */
static void life_wait(int64_t time_ns)
{
	struct pollfd life = {0, POLLIN, 0};
	int64_t most_ms = LIFE_SPARE_MS + (time_ns > 0 ? time_ns : LIFE_TIMES_NS) / 1000000 * LIFE_TIMES;
	while (poll(&life, 1, most_ms > INT_MAX ? INT_MAX : (int)most_ms) < 0 && errno == EINTR)
		continue;
}

static _Noreturn void shim_main(const struct post *post, const struct box_order *order, int life)
{
	struct mishap mishap = {0};
	umask(0);
	bool good = signal(SIGCHLD, SIG_IGN) != SIG_ERR; /* children that others left are reaped unseen */
	if (!good)
		mishap_errno(&mishap, "signal(SIGCHLD)");
	good = good && view_make(post, order, &mishap);
	FD_AUTO view = good ? openat(post->site->proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC) : -1;
	if (good && view < 0)
		good = mishap_errno(&mishap, "opening /proc/self/ns/mnt");
	good = good && privileges_drop(&mishap);
	if (good && (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0))
		good = mishap_errno(&mishap, "prctl(PR_SET_DUMPABLE)");
	if (!good) {
		handover_failed(life, &mishap);
		_exit(1);
	}
	if (!handover_done(life, view) || !hands_empty(life, &mishap))
		_exit(1);
	life_wait(order->limits.time_ns);
	_exit(0);
}

bool shim_start(struct shim *shim, const struct post *post, const struct box_order *order, struct mishap *mishap)
{
	int pair[2];
	*shim = (struct shim){0, -1, -1};
	if (!handover_pair(pair))
		return mishap_errno(mishap, "socketpair");
	shim->pid = fork();
	if (shim->pid == 0) {
		close(pair[0]);
		shim_main(post, order, pair[1]);
	}
	close(pair[1]);
	shim->life = pair[0];
	if (shim->pid < 0) {
		shim->pid = 0;
		return mishap_errno(mishap, "fork of the shim");
	}
	return handover_wait(shim->life, "the shim", &shim->view, mishap);
}
