#include "watch/tracer.h"

#include "base/fd.h"
#include "watch/deadlines.h"
#include "watch/following.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* sched_setattr(2), of which the C library says nothing; its header in linux/ clashes with <sched.h>. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t slice_ns; /* sched_runtime */
	uint64_t deadline, period;
};

enum { SLICE_SHORTEST_NS = 100000 };

struct tracer *tracer_create(const struct tracer_hooks *hooks, struct connections *connections, enum watch_level level)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));
	if (tracer == NULL)
		abort();
	tracer->hooks = *hooks;
	tracer->connections = connections;
	tracer->level = level;
	tracer->own_schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	return tracer;
}

void tracer_destroy(struct tracer *tracer)
{
	if (tracer == NULL)
		return;
	tree_release(&tracer->tree);
	sockets_release(&tracer->sockets);
	injector_release(&tracer->injector);
	stacks_release(&tracer->stacks);
	fd_close(&tracer->own_schedstat);
	free(tracer);
}

static struct process *launched(struct tracer *tracer, pid_t pid, int actor)
{
	struct process *process = tree_add_process(&tracer->tree, pid, getpid(), actor);
	if (process == NULL)
		return NULL;
	process->main = true;
	process->launch = ++tracer->launches;
	process->since_ns = tracer_now(tracer);
	inject_launched(tracer, actor);
	return process;
}

/* A program with a short slice takes the processor from its tracer as soon as it is let go, and the tracer finds its next
 * stop without having slept (Linux 6.12; elsewhere this changes nothing). */
static void slice_shorten(pid_t pid)
{
	struct scheduling scheduling;
	if (syscall(SYS_sched_getattr, pid, &scheduling, sizeof(scheduling), 0U) != 0 || scheduling.policy != 0)
		return; /* it is not SCHED_OTHER */
	scheduling.slice_ns = SLICE_SHORTEST_NS;
	syscall(SYS_sched_setattr, pid, &scheduling, 0U);
}

bool tracer_seize(struct tracer *tracer, pid_t pid, int actor)
{
	if (tracer->level == WATCH_NOTHING)
		return tracer_watch_untraced(tracer, pid, actor);
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
	                     PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
	if (ptrace(PTRACE_SEIZE, pid, 0L, options) != 0)
		return false;
	struct process *process = launched(tracer, pid, actor);
	if (process == NULL || tree_add_thread(&tracer->tree, pid, process) == NULL) {
		errno = ENOSPC;
		return false;
	}
	process->traced = true;
	slice_shorten(pid);
	return true;
}

bool tracer_watch_untraced(struct tracer *tracer, pid_t pid, int actor)
{
	struct process *process = launched(tracer, pid, actor);
	if (process == NULL) {
		errno = ENOSPC;
		return false;
	}
	process->begun = true;
	untraced_list(tracer);
	return true;
}

void tracer_before(struct tracer *tracer)
{
	if (tracer->hooks.before != NULL)
		tracer->hooks.before(tracer->hooks.context);
}

static void reaped(struct tracer *tracer, pid_t tid, int status)
{
	tracer->stops++;
	struct thread *thread = tree_thread(&tracer->tree, tid);
	if (!WIFSTOPPED(status)) {
		tracer_before(tracer);
		family_ended(tracer, tid, thread, status);
	} else if (thread == NULL) {
		family_early(tracer, tid);
	} else if (thread->newborn) {
		thread->newborn = false;
		if (!late_puts_off(tracer, thread, 0))
			tracer_stopped(tracer, thread, status);
	} else if (thread->process != NULL) {
		tracer_stopped(tracer, thread, status);
	}
	late_stop(tracer);
}

/* The next stop is often a few microseconds away: the program gets the processor for it, once, before the tracer goes to
 * sleep and is woken. */
static bool gives_way(struct tracer *tracer)
{
	if (tracer->gave_way == tracer->stops)
		return false;
	tracer->gave_way = tracer->stops;
	sched_yield();
	return true;
}

unsigned tracer_reap(struct tracer *tracer, unsigned most)
{
	unsigned handled = 0;
	while (handled < most) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);
		if ((tid < 0 && errno == EINTR) || (tid == 0 && gives_way(tracer)))
			continue;
		if (tid <= 0)
			break;
		reaped(tracer, tid, status);
		handled++;
	}
	return handled;
}

bool actor_held(const struct tracer *tracer, int actor)
{
	return actor >= 0 && actor < ACTORS_MOST && (tracer->held[actor / 64] >> (actor % 64) & 1) != 0;
}

void tracer_hold(struct tracer *tracer, int actor)
{
	if (actor >= 0 && actor < ACTORS_MOST)
		tracer->held[actor / 64] |= UINT64_C(1) << (actor % 64);
}

void tracer_release(struct tracer *tracer, int actor)
{
	if (actor < 0 || actor >= ACTORS_MOST)
		return;
	tracer->held[actor / 64] &= ~(UINT64_C(1) << (actor % 64));
	tracer->was_held = true;
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		struct thread *thread = tracer->tree.threads[i];
		if (!thread->held || thread->process == NULL || thread->process->actor != actor)
			continue;
		thread->held = false;
		tracer_resume(thread);
	}
}

const struct stacks *tracer_stacks(const struct tracer *tracer)
{
	return &tracer->stacks;
}
