#include "sandbox/keeping.h"

#include "base/fd.h"
#include "sandbox/build.h"
#include "sandbox/family.h"
#include "sandbox/folder.h"
#include "sandbox/handover.h"
#include "sandbox/root.h"
#include "sandbox/scratch.h"
#include "sandbox/user.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* For mallopt(3), in bytes. */
enum { MAPPED_LEAST = 64 * 1024, KEPT_MOST = 4 << 20 };

/* For poll(2): long enough for a box to end, where that has begun. */
enum { ENDING_MS = 100 };

/* execve(2) keeps what is ignored, and who started the grader may have ignored anything: done once, for all that the
 * keeper starts. */
static void signals_reset(void)
{
	for (int number = 1; number < NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP)
			signal(number, SIG_DFL);
}

static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};

/* The process itself keeps only its own descriptors, and does not belong to the terminal: an interrupt from there ends
 * the grader, and the end of `control` ends the keeper, which has to clean up. */
static bool process_settle(struct keeping *keeping, struct mishap *mishap)
{
	sigset_t children;
	if (setsid() < 0)
		return mishap_errno(mishap, "setsid");
	signals_reset();
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	FD_AUTO nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	int control = nothing < 0 ? -1 : fcntl(keeping->control, F_DUPFD_CLOEXEC, 8);
	if (control < 0 || dup2(nothing, 0) < 0 || dup3(control, 3, O_CLOEXEC) < 0 || close_range(4, ~0u, 0) < 0)
		return mishap_errno(mishap, "close_range");
	nothing = -1;
	keeping->control = 3;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	if (sigprocmask(SIG_SETMASK, &children, NULL) < 0 ||
	    (keeping->ended = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return mishap_errno(mishap, "signalfd");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return mishap_errno(mishap, "prctl(PR_SET_CHILD_SUBREAPER)");
	return true;
}

/* From here on everything is as it is for a user who is not root; the submission belongs to its group. */
static bool demote(struct keeping *keeping, struct mishap *mishap)
{
	uid_t user;
	keeping->user_lock = user_reserve(0, &user, mishap);
	return keeping->user_lock >= 0 && folder_share(keeping->site.folder, (uid_t)-1, GROUP_POOL, mishap) &&
	       user_demote(user, GROUP_POOL, mishap);
}

static bool site_make(struct keeping *keeping, struct mishap *mishap)
{
	struct site *site = &keeping->site;
	site->keeper = getpid();
	if (site->host.demoted && !demote(keeping, mishap))
		return false;
	site->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (site->proc < 0)
		return mishap_errno(mishap, "opening /proc");
	toolchains_find(&site->toolchains, getenv("PATH"), getenv("HOME"));
	cgroups_find(&site->cgroups);
	for (unsigned level = WATCH_CALLS; level <= WATCH_NOTHING; level++)
		filter_build(&site->filters[level], (enum watch_level)level, NULL);
	if (site->scratch[0] != '\0')
		scratch_lock(site->scratch);
	if (site->host.root && !folder_share(site->folder, (uid_t)-1, GROUP_POOL, mishap))
		return false;
	if (site->host.root && !bounds_drop(mishap))
		return false;
	if (!site->host.namespaces)
		return true;
	if (!site->host.root && (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 || !user_namespace_enter(site->proc, mishap)))
		return false;
	site->view = root_make(site, mishap);
	return site->view >= 0;
}

/* In a new process of the keeper's: what is the keeper's own goes. */
static bool runner_settle(const struct keeping *keeping, int cpu)
{
	sigset_t none;
	sigemptyset(&none);
	close(keeping->control);
	close(keeping->ended);
	for (size_t i = 0; i < RUNNERS_MOST; i++) /* a copy would hide the keeper's end from the others */
		if (keeping->slots[i].socket >= 0)
			close(keeping->slots[i].socket);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (ignored[i] != SIGPIPE)
			signal(ignored[i], SIG_DFL);
	if (cpu >= 0) { /* a processor that is not ours makes times less even, nothing else */
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET((unsigned)cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
	       getppid() == keeping->site.keeper;
}

static struct slot *slot_take(struct keeping *keeping, struct mishap *mishap)
{
	struct slot *slot = NULL;
	for (size_t i = 0; slot == NULL && i < RUNNERS_MOST; i++)
		if (keeping->slots[i].runner == 0)
			slot = &keeping->slots[i];
	if (slot == NULL) {
		mishap_text(mishap, "%d tests run at the same time already", RUNNERS_MOST);
		return NULL;
	}
	const struct site *site = &keeping->site;
	slot->socket = -1;
	slot->post = (struct post){.site = site, .slot = (unsigned)(slot - keeping->slots), .group = GROUP_POOL};
	if (site->host.root) {
		slot->post.switches_user = true;
		slot->post.shares_user = !capability_held(CAP_SYS_PTRACE);
		/* Not the user of the test before, some process of which may still be dying. */
		slot->lock = user_reserve(keeping->next_user, &slot->post.user, mishap);
		if (slot->lock < 0)
			return NULL;
		keeping->next_user = slot->post.user - USER_FIRST + 1;
	}
	if (!slot->grouped && site->cgroups.version != 0)
		slot->grouped = cgroup_make(&site->cgroups, site->keeper, keeping->groups_made++, &slot->cgroup, mishap);
	if (site->cgroups.version != 0 && !slot->grouped) {
		fd_close(&slot->lock);
		return NULL;
	}
	slot->post.cgroup = slot->grouped ? &slot->cgroup : NULL;
	return slot;
}

/* The strings of a build's command lie behind each other in the request. */
static int build_here(const struct slot *slot, const struct request *request, const char *strings, size_t length,
                      int report)
{
	const char *arguments[BUILD_ARGUMENTS + 1] = {NULL};
	size_t count = 0;
	for (size_t at = 0; at < length && count < BUILD_ARGUMENTS; at += strlen(strings + at) + 1)
		arguments[count++] = strings + at;
	return build_main(&slot->post, &request->limits, arguments, report);
}

/* A message as it came, and the request at its beginning. */
struct message {
	char bytes[sizeof(struct request) + BUILD_STRINGS + 1];
	size_t length;
	struct request request;
	int report;
};

/* False at the end of file, and after what is no request. */
static bool message_take(int socket, struct message *message)
{
	long length = handover_receive(socket, message->bytes, sizeof(message->bytes) - 1, &message->report);
	if (length < (long)sizeof(message->request) || message->report < 0) {
		fd_close(&message->report);
		return false;
	}
	message->length = (size_t)length;
	message->bytes[message->length] = '\0';
	memcpy(&message->request, message->bytes, sizeof(message->request));
	return true;
}

/* One test after another, for as long as the box can be used again; then the keeper is told (box_spent). */
static _Noreturn void runner_live(const struct keeping *keeping, struct slot *slot, struct message *message, int socket)
{
	const struct request *request = &message->request;
	/* Large tables, of which a test touches a little, come from the kernel as zeros each time; left to itself malloc
	 * would keep them after the first test and have to clear them for the next. */
	mallopt(M_MMAP_THRESHOLD, MAPPED_LEAST);
	mallopt(M_TRIM_THRESHOLD, KEPT_MOST);
	box_post(&slot->post, socket);
	do {
		const void *details = message->length > sizeof(*request) ? message->bytes + sizeof(*request) : NULL;
		keeping->body(keeping->context, request->index, details, request->cpu, message->report);
	} while (!box_spent() && message_take(socket, message));
	_exit(0);
}

static bool runner_fork(struct keeping *keeping, struct slot *slot, struct message *message, struct mishap *mishap)
{
	const struct request *request = &message->request;
	int pair[2] = {-1, -1};
	if (!request->build && !handover_pair(pair))
		return mishap_errno(mishap, "socketpair");
	pid_t child = fork();
	if (child == 0) {
		fd_close(&pair[0]);
		if (!runner_settle(keeping, request->cpu))
			_exit(1);
		if (!request->build)
			runner_live(keeping, slot, message, pair[1]);
		_exit(build_here(slot, request, message->bytes + sizeof(*request), message->length - sizeof(*request),
		                 message->report));
	}
	fd_close(&pair[1]);
	if (child < 0) {
		mishap_errno(mishap, "fork");
		fd_close(&pair[0]);
		return false;
	}
	slot->runner = child;
	slot->socket = pair[0];
	slot->job = request->job;
	slot->file_bytes = request->limits.file_bytes;
	return true;
}

/* The job's runner, unless it has said by now that it takes no more, or has not the place that is wanted. */
static struct slot *slot_find(struct keeping *keeping, const struct request *request)
{
	for (size_t i = 0; i < RUNNERS_MOST; i++) {
		struct slot *slot = &keeping->slots[i];
		char word;
		if (slot->runner == 0 || slot->socket < 0 || slot->job != request->job)
			continue;
		if (slot->file_bytes == request->limits.file_bytes &&
		    recv(slot->socket, &word, sizeof(word), MSG_DONTWAIT) < 0 && errno == EAGAIN)
			return slot;
		fd_close(&slot->socket);
	}
	return NULL;
}

static void request_serve(struct keeping *keeping, struct message *message)
{
	struct mishap mishap = {0};
	struct slot *slot = message->request.build ? NULL : slot_find(keeping, &message->request);
	bool good = slot != NULL && handover_send(slot->socket, message->bytes, message->length, message->report);
	if (!good) {
		slot = slot_take(keeping, &mishap);
		good = slot != NULL && runner_fork(keeping, slot, message, &mishap);
		if (slot != NULL && !good)
			fd_close(&slot->lock);
	}
	if (good)
		handover_done(keeping->control, -1);
	else
		handover_failed(keeping->control, &mishap);
}

/* A runner that was killed has not ended its box, nor emptied its cgroup. */
static void slot_give(struct keeping *keeping, struct slot *slot, bool orderly)
{
	slot->runner = 0;
	fd_close(&slot->lock);
	fd_close(&slot->socket);
	if (orderly)
		return;
	if (slot->grouped && !cgroup_remove(&slot->cgroup) && keeping->lost_count < RUNNERS_MOST)
		keeping->lost[keeping->lost_count++] = slot->cgroup;
	slot->grouped = false;
	if (keeping->site.scratch[0] != '\0')
		scratch_remove(keeping->site.scratch, slot->post.slot);
}

static void signals_drain(const struct keeping *keeping)
{
	struct signalfd_siginfo info;
	while (read(keeping->ended, &info, sizeof(info)) == (ssize_t)sizeof(info))
		continue;
}

static void ended_take(struct keeping *keeping)
{
	bool orphans = false;
	int status;
	signals_drain(keeping);
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0;) {
		struct slot *slot = NULL;
		for (size_t i = 0; i < RUNNERS_MOST; i++)
			if (keeping->slots[i].runner == pid)
				slot = &keeping->slots[i];
		bool orderly = WIFEXITED(status);
		orphans = orphans || slot == NULL || !orderly;
		if (slot != NULL)
			slot_give(keeping, slot, orderly);
	}
	if (!orphans)
		return;
	pid_t known[RUNNERS_MOST];
	size_t count = 0;
	for (size_t i = 0; i < RUNNERS_MOST; i++)
		if (keeping->slots[i].runner != 0)
			known[count++] = keeping->slots[i].runner;
	family_orphans_kill(known, count);
}

/* False when the grader wants no more, or is gone. */
static bool control_take(struct keeping *keeping)
{
	struct message message;
	if (!message_take(keeping->control, &message))
		return false;
	request_serve(keeping, &message);
	fd_close(&message.report);
	return true;
}

/* A shim dies with its runner, and with it, by the kernel's doing, everything in its box: nobody has to be looked for
 * among all processes of the host, unless that takes long. */
static void boxes_await(const struct keeping *keeping)
{
	struct pollfd ended = {keeping->ended, POLLIN, 0};
	while (family_reap() && poll(&ended, 1, ENDING_MS) > 0)
		signals_drain(keeping);
}

static void keeper_end(struct keeping *keeping)
{
	/* Runners that have said everything take a while to end; mostly there is no one else. */
	for (size_t i = 0; i < RUNNERS_MOST; i++)
		if (keeping->slots[i].runner != 0 && kill(keeping->slots[i].runner, SIGKILL) == 0)
			waitpid(keeping->slots[i].runner, NULL, 0);
	if (keeping->site.host.namespaces)
		boxes_await(keeping);
	family_end((uid_t)-1);
	for (size_t i = 0; i < RUNNERS_MOST; i++)
		if (keeping->slots[i].grouped)
			cgroup_remove(&keeping->slots[i].cgroup);
	for (size_t i = 0; i < keeping->lost_count; i++)
		cgroup_remove(&keeping->lost[i]);
	if (keeping->site.scratch[0] != '\0')
		folder_remove(keeping->site.scratch);
	if (getppid() != keeping->site.grader) /* it was killed: nobody else removes its copy */
		folder_remove(keeping->site.folder);
}

void keeping_main(struct keeping *keeping)
{
	struct mishap mishap = {0};
	for (size_t i = 0; i < RUNNERS_MOST; i++)
		keeping->slots[i].lock = keeping->slots[i].socket = -1;
	/* Containers of one host have the same users, and cannot see each other's locks. */
	if (getrandom(&keeping->next_user, sizeof(keeping->next_user), GRND_NONBLOCK) < 0)
		keeping->next_user = (unsigned)getpid();
	keeping->next_user %= USER_COUNT;
	if (!process_settle(keeping, &mishap) || !site_make(keeping, &mishap)) {
		handover_failed(keeping->control, &mishap);
		keeper_end(keeping);
		_exit(1);
	}
	handover_done(keeping->control, -1);
	struct pollfd watched[2] = {{keeping->control, POLLIN, 0}, {keeping->ended, POLLIN, 0}};
	for (bool more = true; more;) {
		if (poll(watched, 2, -1) < 0 && errno != EINTR)
			break;
		if (watched[1].revents != 0)
			ended_take(keeping);
		if (watched[0].revents != 0)
			more = control_take(keeping);
	}
	keeper_end(keeping);
	_exit(0);
}
