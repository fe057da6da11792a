#include "sandbox/box.h"

#include "base/diag.h"
#include "base/fd.h"
#include "sandbox/box_state.h"
#include "sandbox/environment.h"
#include "sandbox/family.h"
#include "sandbox/folder.h"
#include "sandbox/network.h"
#include "sandbox/program.h"
#include "sandbox/user.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* See site.h: a runner has exactly one. */
static struct {
	const struct post *post;
	int keeper;
	bool spent;
	struct box *kept; /* between two tests; NULL */
} here = {.keeper = -1};

void box_post(const struct post *post, int keeper)
{
	here.post = post;
	here.keeper = keeper;
}

bool box_spent(void)
{
	return here.spent;
}

static void spend(void)
{
	if (!here.spent)
		send(here.keeper, "", 1, MSG_NOSIGNAL);
	here.spent = true;
}

const struct filter *box_filter(const struct box *box, enum watch_level level)
{
	const struct site *site = box->post->site;
	if (!site->host.tracing) /* followed calls would fail: nobody is there to let them go on */
		level = WATCH_NOTHING;
	return box->filters != NULL ? &box->filters[level] : &site->filters[level];
}

/* In place of network namespace, root and shim: a copy of the submission, and a filter that protects the grader's
 * processes, which have numbers that the program can name. */
static bool box_open_out(struct box *box, struct mishap *mishap)
{
	const struct post *post = box->post;
	const struct site *site = post->site;
	uid_t owner = post->switches_user ? post->user : (uid_t)-1;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return mishap_errno(mishap, "prctl(PR_SET_CHILD_SUBREAPER)");
	snprintf(box->scratch, sizeof(box->scratch), "%s/%u", site->scratch, post->slot);
	snprintf(box->home, sizeof(box->home), "%.*s/tmp", BOX_PATH - 8, box->scratch);
	snprintf(box->folder, sizeof(box->folder), "%.*s/box", BOX_PATH - 8, box->scratch);
	if (mkdir(box->scratch, 0700) < 0 || mkdir(box->home, 0700) < 0)
		return mishap_errno(mishap, "mkdir %s", box->home);
	if (box->order.writable)
		snprintf(box->folder, sizeof(box->folder), "%.*s", BOX_PATH - 1, site->folder);
	else if (mkdir(box->folder, 0700) < 0)
		return mishap_errno(mishap, "mkdir %s", box->folder);
	if (!box->order.writable && !folder_copy(site->folder, box->folder, owner, post->group, mishap))
		return false;
	if (post->switches_user &&
	    (chown(box->scratch, post->user, post->group) < 0 || chown(box->home, post->user, post->group) < 0 ||
	     (!box->order.writable && chown(box->folder, post->user, post->group) < 0)))
		return mishap_errno(mishap, "chown %s", box->scratch);
	struct filter_guard guard = {
		.shared = true,
		.spared = {site->grader, site->keeper, getpid(), -site->keeper, -getpgid(site->grader)},
		.spared_count = 5};
	box->filters = calloc(WATCH_NOTHING + 1, sizeof(*box->filters));
	if (box->filters == NULL)
		abort();
	for (unsigned level = WATCH_CALLS; level <= WATCH_NOTHING; level++)
		filter_build(&box->filters[level], (enum watch_level)level, &guard);
	return true;
}

static bool network_enter(struct box *box, struct mishap *mishap)
{
	if (unshare(CLONE_NEWNET) < 0)
		return mishap_errno(mishap, "unshare(CLONE_NEWNET)");
	box->networks++;
	return network_make(&box->network, box->post->site->proc, box->order.loses, mishap);
}

static bool box_enclose(struct box *box, struct mishap *mishap)
{
	static const char name[] = "box";
	if (unshare(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS) < 0)
		return mishap_errno(mishap, "unshare(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)");
	box->enclosed = true;
	snprintf(box->folder, sizeof(box->folder), "/box");
	snprintf(box->home, sizeof(box->home), "/tmp");
	snprintf(box->outside, sizeof(box->outside), "%s", NETWORK_OUTSIDE);
	if (sethostname(name, sizeof(name) - 1) < 0 &&
	    errno != EPERM) /* some containers refuse that, and it hides nothing */
		return mishap_errno(mishap, "sethostname");
	return network_enter(box, mishap) && shim_start(&box->shim, box->post, &box->order, mishap);
}

/* No shared memory, semaphores or messages of sysvipc(7) are left; limits_apply leaves no room for those of
 * mq_overview(7). */
static bool ipc_unused(void)
{
	struct shm_info memory;
	struct seminfo semaphores;
	struct msginfo messages;
	return shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&memory) >= 0 && memory.used_ids == 0 &&
	       semctl(0, 0, SEM_INFO, &semaphores) >= 0 && semaphores.semusz == 0 &&
	       msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&messages) >= 0 && messages.msgpool == 0;
}

/* The box of the test before, in which is nothing any more but perhaps sockets: those that nobody holds end when they
 * have waited long enough. */
static bool box_renew(struct box *box, const struct box_order *order, struct mishap *mishap)
{
	const struct cgroup *cgroup = box->post->cgroup;
	box->order = *order;
	if (cgroup != NULL && !cgroup_limit(box->post->cgroup, &order->limits, mishap))
		return false;
	if (!ipc_unused() && unshare(CLONE_NEWIPC) < 0)
		return mishap_errno(mishap, "unshare(CLONE_NEWIPC)");
	if (box->network.loses != order->loses || !network_unused(&box->network))
		return network_enter(box, mishap) && shim_begin(&box->shim, order, mishap);
	return shim_begin(&box->shim, order, mishap);
}

/* The first address of the host that is not a loopback one. */
static void outside_find(struct box *box)
{
	struct ifaddrs *all = NULL;
	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *at = all; at != NULL && box->outside[0] == '\0'; at = at->ifa_next) {
		if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET || (at->ifa_flags & IFF_LOOPBACK) != 0 ||
		    (at->ifa_flags & IFF_UP) == 0)
			continue;
		struct sockaddr_in address;
		memcpy(&address, at->ifa_addr, sizeof(address));
		inet_ntop(AF_INET, &address.sin_addr, box->outside, sizeof(box->outside));
	}
	freeifaddrs(all);
}

struct box *box_make(const struct post *post, const struct box_order *order, struct mishap *mishap)
{
	struct box *box = calloc(1, sizeof(*box));
	if (box == NULL)
		abort();
	box->post = post;
	box->order = *order;
	box->shim = (struct shim){0, -1, -1};
	box->network.proc = -1;
	bool good = post->cgroup == NULL || cgroup_limit(post->cgroup, &order->limits, mishap);
	if (good && post->site->host.namespaces)
		good = box_enclose(box, mishap);
	else if (good)
		good = box_open_out(box, mishap);
	good = good && (!post->shares_user || user_become(post->user, post->group, mishap));
	if (!good) {
		box_end(box);
		return NULL;
	}
	if (!box->enclosed)
		outside_find(box);
	environment_make(box);
	return box;
}

struct box *box_enter(const struct plan_test *test, struct diags *diags)
{
	struct mishap mishap = {0};
	struct box_order order = {.limits = test->limits, .loses = test->test->loses};
	if (here.post == NULL) {
		diags_error(diags, "a box can only be made in a runner");
		return NULL;
	}
	struct box *box = here.kept;
	here.kept = NULL;
	if (box == NULL) {
		box = box_make(here.post, &order, &mishap);
	} else if (!box_renew(box, &order, &mishap)) {
		box->lasts = false;
		box_end(box);
		box = NULL;
	}
	if (box == NULL) {
		spend();
		mishap_tell(&mishap, "the box for the test could not be made", diags);
		return NULL;
	}
	box->lasts = box->enclosed && here.post->site->host.tracing;
	return box;
}

const struct host *box_host(const struct box *box)
{
	return &box->post->site->host;
}

const char *box_folder(const struct box *box)
{
	return box->folder;
}

const char *box_sources(const struct box *box)
{
	return box->post->site->folder;
}

unsigned box_network(const struct box *box)
{
	return box->networks;
}

const char *box_outside(const struct box *box)
{
	return box->outside[0] != '\0' ? box->outside : NULL;
}

int box_reached(const struct box *box)
{
	uint64_t most = box->order.limits.memory_bytes;
	int reached = -1;
	if (box->post->cgroup != NULL)
		reached = cgroup_reached(box->post->cgroup);
	else if (most > 0 && family_memory(most) > most)
		reached = LIMIT_MEMORY;
	/* Elsewhere the file system of the box has a size. */
	if (reached < 0 && box->scratch[0] != '\0' && !folder_fits(box->scratch))
		reached = LIMIT_FILES;
	return reached;
}

bool box_fork(struct box *box, const char *const *arguments, enum watch_level level, struct box_program *program,
              struct diags *diags)
{
	struct mishap mishap = {0};
	if (level == WATCH_NOTHING) /* whom nobody traces may leave processes whose end cannot be waited for here */
		box->lasts = false;
	return program_fork(box, arguments, level, false, program, &mishap) ||
	       mishap_tell(&mishap, "the program could not be prepared", diags);
}

bool box_fork_merged(struct box *box, const char *const *arguments, struct box_program *program, struct mishap *mishap)
{
	return program_fork(box, arguments, WATCH_NOTHING, true, program, mishap);
}

void box_open(struct box *box, struct box_program *program)
{
	if (program->gate >= 0)
		fd_write_all(program->gate, "", 1);
	fd_close(&program->gate);
	program_moved(box, program);
}

void box_end(struct box *box)
{
	if (box == NULL)
		return;
	if (box->lasts && shim_clear(&box->shim)) {
		here.kept = box;
		return;
	}
	if (box->post == here.post)
		spend();
	if (box->enclosed)
		shim_end(&box->shim);
	else
		family_end(box->post->switches_user && !box->post->shares_user ? box->post->user : (uid_t)-1);
	if (box->scratch[0] != '\0')
		folder_remove(box->scratch);
	environment_release(box);
	program_release(box);
	free(box->filters);
	free(box);
}
