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
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a test may write in all (its layer over the submission, /tmp and /dev/shm), and a build in /tmp. */
enum { TEST_FILES = 8192, BUILD_FILES = 131072 };
/* The longest life of a box, of the time limit: that does not count what a busy host takes. */
enum { LIFE_TIMES = 20, LIFE_SPARE_MS = 60000, LIFE_TIMES_NS = 600000000 };
/* For processes that die slowly, some seconds in all; then the box goes with them. */
enum { WAIT_FIRST_NS = 50000, WAIT_LONGEST_NS = 5000000, CLEAR_ROUNDS = 1000 };
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

/* What the runner asks, and the answers. */
enum word { WORD_BEGIN, WORD_CLEAR };
enum answer { ANSWER_SOMEBODY, ANSWER_SPOILT, ANSWER_CLEAR };

struct asked {
	enum word word;
	int64_t time_ns; /* WORD_BEGIN: the limit of the test */
};

/* What a test may change of the files: how many there are, what they hold, who may come in.  (What was removed while a
 * process had it open went with the process.) */
struct files {
	struct statvfs all;
	mode_t modes[3];
};

static bool files_look(struct files *files)
{
	static const char *const folders[] = {"/tmp", "/dev/shm", "/box"};
	struct stat found;
	if (statvfs("/tmp", &files->all) < 0)
		return false;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (stat(folders[i], &found) < 0)
			return false;
		files->modes[i] = found.st_mode;
	}
	return true;
}

static bool files_same(const struct files *first)
{
	struct files now;
	return files_look(&now) && now.all.f_ffree == first->all.f_ffree && now.all.f_bfree == first->all.f_bfree &&
	       memcmp(now.modes, first->modes, sizeof(now.modes)) == 0;
}

/* kill(2) with -1 means all but the caller: those of its namespace, when it is pid 1 of one.  Zombies count. */
static enum answer box_clear(const struct files *first)
{
	if (kill(-1, SIGKILL) == 0)
		return ANSWER_SOMEBODY;
	return errno == ESRCH && files_same(first) ? ANSWER_CLEAR : ANSWER_SPOILT;
}

/* Until the runner ends the box or is gone.  A program can make the runner wait with it, in a call that no signal ends
 * (splice(2) into a copy of its output keeps the pipe locked): so a test does not last for ever. */
static void life_live(int64_t time_ns, const struct files *first)
{
	bool playing = true;
	for (;;) {
		struct pollfd life = {0, POLLIN, 0};
		struct asked asked;
		int64_t most_ms = LIFE_SPARE_MS + (time_ns > 0 ? time_ns : LIFE_TIMES_NS) / 1000000 * LIFE_TIMES;
		int ready = poll(&life, 1, !playing ? -1 : most_ms > INT_MAX ? INT_MAX : (int)most_ms);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0 || recv(0, &asked, sizeof(asked), 0) != (ssize_t)sizeof(asked))
			return;
		if (asked.word == WORD_BEGIN) {
			playing = true;
			time_ns = asked.time_ns;
			continue;
		}
		enum answer answer = box_clear(first);
		playing = answer == ANSWER_SOMEBODY;
		if (send(0, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			return;
	}
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
	struct files first;
	if (good && !files_look(&first))
		good = mishap_errno(&mishap, "looking at /tmp, /dev/shm and /box");
	good = good && privileges_drop_all_but(CAP_KILL, &mishap); /* programs are another user's */
	if (good && (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0))
		good = mishap_errno(&mishap, "prctl(PR_SET_DUMPABLE)");
	if (!good) {
		handover_failed(life, &mishap);
		_exit(1);
	}
	if (!handover_done(life, view) || !hands_empty(life, &mishap))
		_exit(1);
	life_live(order->limits.time_ns, &first);
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

bool shim_begin(const struct shim *shim, const struct box_order *order, struct mishap *mishap)
{
	const struct asked asked = {WORD_BEGIN, order->limits.time_ns};
	return send(shim->life, &asked, sizeof(asked), MSG_NOSIGNAL) >= 0 || mishap_errno(mishap, "the shim");
}

/* A traced thread stops on its way out. */
static bool reap(struct shim *shim, int flags)
{
	int status;
	pid_t pid = waitpid(-1, &status, __WALL | flags);
	if (pid > 0 && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	if (pid == shim->pid) /* its number may be another's soon */
		shim->pid = 0;
	return pid > 0 || (pid < 0 && errno == EINTR);
}

/* The end of a child or a traced process is an event.  That of a zombie whose parent ends is none, and it may be in
 * sight a little longer than the parent: then it is looked for again. */
static void end_wait(int64_t most_ns)
{
	const struct timespec most = {0, most_ns};
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigtimedwait(&child, NULL, &most);
}

bool shim_clear(struct shim *shim)
{
	int64_t wait_ns = WAIT_FIRST_NS;
	for (unsigned round = 0; round < CLEAR_ROUNDS; round++) {
		const struct asked asked = {WORD_CLEAR, 0};
		enum answer answer;
		if (send(shim->life, &asked, sizeof(asked), MSG_NOSIGNAL) < 0 ||
		    recv(shim->life, &answer, sizeof(answer), 0) != (ssize_t)sizeof(answer))
			return false;
		if (answer != ANSWER_SOMEBODY)
			return answer == ANSWER_CLEAR;
		end_wait(wait_ns);
		while (reap(shim, WNOHANG))
			continue;
		wait_ns = wait_ns < WAIT_LONGEST_NS ? wait_ns * 2 : wait_ns;
	}
	return false;
}

/* The death of pid 1 kills the rest; each is then reaped here or by it. */
void shim_end(struct shim *shim)
{
	fd_close(&shim->life);
	if (shim->pid > 0)
		kill(shim->pid, SIGKILL);
	while (reap(shim, 0))
		continue;
	fd_close(&shim->view);
}
