#include "watch/tracer.h"

#include "base/fd.h"
#include "watch/calls.h"
#include "watch/deadlines.h"
#include "watch/following.h"
#include "watch/registers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the kernel returns inside itself when a signal cuts a call short: ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND and
 * ERESTART_RESTARTBLOCK of <linux/errno.h>.  The program sees none of them: the call goes on, or fails with EINTR. */
enum { RESTART_FIRST = 512, RESTART_NO_HANDLER = 514, RESTART_BLOCK = 516, NOT_A_RESTART = 515 };

/* System calls that a signal handler may make until its interrupted call counts as failed with EINTR: it was left by
 * siglongjmp(3). */
enum { STRAYED_MOST = 64 };

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
	process->since_ns = clock_now();
	return process;
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

static void before(struct tracer *tracer)
{
	if (tracer->hooks.before != NULL)
		tracer->hooks.before(tracer->hooks.context);
}

/* Lets a stopped thread go on, with a signal or 0.  It may have been killed meanwhile: its end will be reported. */
static void resume(const struct thread *thread, int signal_number)
{
	bool exits_wanted = thread->inside || thread->interrupted;
	ptrace(exits_wanted ? PTRACE_SYSCALL : PTRACE_CONT, thread->tid, 0L, (long)signal_number);
}

static bool system_call(pid_t tid, struct __ptrace_syscall_info *info)
{
	return ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(*info), info) > 0;
}

/* The interrupted call fails with EINTR: the program sees that now. */
static void interruption_fails(struct tracer *tracer, struct thread *thread)
{
	struct entry nested = thread->entry;
	bool inside = thread->inside;
	thread->entry = thread->outer;
	thread->interrupted = false;
	thread->silent = thread->withheld = false;
	call_returned(tracer, thread, -EINTR);
	thread->entry = nested;
	thread->inside = inside;
}

static bool goes_on(const struct thread *thread, uint64_t number, uint64_t instruction, uint64_t stack)
{
	const struct entry *outer = &thread->outer;
	return thread->interrupted && (number == __NR_restart_syscall || (number == outer->number &&
	                                                                  instruction == outer->instruction &&
	                                                                  stack == outer->stack));
}

static void interruption_ends(struct thread *thread)
{
	thread->entry = thread->outer;
	thread->interrupted = false;
	thread->inside = true;
}

/* Entry stops are asked for only while a call is interrupted. */
static void entry_stop(struct tracer *tracer, struct thread *thread, const struct __ptrace_syscall_info *info)
{
	before(tracer);
	if (goes_on(thread, info->entry.nr, info->instruction_pointer, info->stack_pointer))
		interruption_ends(thread);
	else if (thread->interrupted && info->entry.nr == __NR_rt_sigreturn)
		thread->returning = true;
	else if (thread->interrupted && ++thread->strayed > STRAYED_MOST)
		interruption_fails(tracer, thread);
	resume(thread, 0);
}

/* Under ptrace(2) a signal wakes a call even when the program ignores it, and calls that are never restarted (signal(7))
 * then fail with EINTR as they would not without a tracer.  With this value the kernel decides again: EINTR when there
 * is a handler, else the call goes on. */
static int64_t undo_wakeup(struct tracer *tracer, struct thread *thread, int64_t result)
{
	enum call call = thread->entry.call;
	bool unconditional = call == CALL_EPOLL_WAIT || call == CALL_EPOLL_PWAIT || call == CALL_EPOLL_PWAIT2;
	const struct socket_facts *facts =
	        thread->entry.socket != 0 ? sockets_find(&tracer->sockets, thread->entry.socket) : NULL;
	bool limited = facts != NULL && facts->receive_timeout_ns != 0 &&
	               (call_reads(call) || call == CALL_ACCEPT || call == CALL_ACCEPT4);
	if (result != -EINTR || !(unconditional || limited))
		return result;
	return register_set_result(thread->tid, -RESTART_NO_HANDLER) ? -RESTART_NO_HANDLER : result;
}

static void exit_stop(struct tracer *tracer, struct thread *thread, int64_t result)
{
	if (thread->returning) {
		thread->returning = false;
		before(tracer);
		if (thread->interrupted && result == -EINTR)
			interruption_fails(tracer, thread);
		resume(thread, 0);
		return;
	}
	if (!thread->inside) {
		resume(thread, 0);
		return;
	}
	result = undo_wakeup(tracer, thread, result);
	bool interrupted = result <= -RESTART_FIRST && result >= -RESTART_BLOCK && result != -NOT_A_RESTART;
	if (thread->withheld && !thread->silent && (interrupted || call_returns_anew(thread, result)))
		call_tell_entry(tracer, thread); /* ahead of the segments it has caused */
	before(tracer);
	if (interrupted) {
		thread->inside = false;
		if (!thread->silent) {
			if (thread->interrupted)
				interruption_fails(tracer, thread);
			thread->outer = thread->entry;
			thread->interrupted = true;
			thread->strayed = 0;
		}
		resume(thread, 0);
		return;
	}
	bool silent = thread->silent;
	call_returned(tracer, thread, result);
	if (!silent && actor_held(tracer, thread->process->actor))
		thread->held = true;
	else
		resume(thread, 0);
}

static void seccomp_stop(struct tracer *tracer, struct thread *thread)
{
	struct __ptrace_syscall_info info;
	if (!system_call(thread->tid, &info) || info.op != PTRACE_SYSCALL_INFO_SECCOMP) {
		resume(thread, 0);
		return;
	}
	before(tracer);
	if (goes_on(thread, info.seccomp.nr, info.instruction_pointer, info.stack_pointer))
		interruption_ends(thread);
	if (thread->inside || !thread->process->begun) {
		resume(thread, 0);
		return;
	}
	struct entry *entry = &thread->entry;
	*entry = (struct entry){
	        .number = info.seccomp.nr,
	        .instruction = info.instruction_pointer,
	        .stack = info.stack_pointer,
	        .time_ns = clock_now(),
	        .call = call_of(info.seccomp.nr),
	        .descriptor = DESCRIPTOR_NONE,
	};
	for (size_t i = 0; i < 6; i++)
		entry->arguments[i] = info.seccomp.args[i];
	call_entered(tracer, thread);
	resume(thread, 0);
}

static void syscall_stop(struct tracer *tracer, struct thread *thread)
{
	struct __ptrace_syscall_info info;
	if (!system_call(thread->tid, &info))
		resume(thread, 0);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		exit_stop(tracer, thread, info.exit.rval);
	else if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		entry_stop(tracer, thread, &info);
	else
		resume(thread, 0);
}

static void signal_stop(struct tracer *tracer, struct thread *thread, int number)
{
	before(tracer);
	/* SIGURG is how Go's scheduler interrupts its own threads. */
	bool noise = number == SIGSTOP || number == SIGTRAP || number == SIGURG;
	if (!noise && thread->process->begun) {
		struct event event = thread_event(tracer, thread, EVENT_SIGNAL);
		event.process.parent = thread->process->parent;
		event.process.main = thread->process->main;
		event.process.status = number;
		tracer_emit(tracer, &event);
	}
	resume(thread, number);
}

/* PTRACE_EVENT_STOP: a new thread's first stop, a group-stop, or its end. */
static void event_stop(struct tracer *tracer, struct thread *thread, int number)
{
	before(tracer);
	thread->grouped = false;
	if (number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU) {
		thread->grouped = true;
		ptrace(PTRACE_LISTEN, thread->tid, 0L, 0L);
		return;
	}
	resume(thread, 0);
}

static void exec_stop(struct tracer *tracer, struct thread *thread)
{
	before(tracer);
	struct process *process = thread->process;
	/* The other threads are gone; one of them may have taken the place of the leader. */
	for (size_t i = tracer->tree.thread_count; i-- > 0;) {
		struct thread *other = tracer->tree.threads[i];
		if (other->process != process)
			continue;
		row_end(tracer, other);
		if (other != thread)
			tree_drop_thread(&tracer->tree, other);
	}
	thread->inside = thread->interrupted = thread->returning = thread->withheld = thread->held = false;
	thread->asleep = false;
	timers_exec(&process->timers);
	process->begun = true;
	struct event event = thread_event(tracer, thread, EVENT_EXEC);
	event.process.parent = process->parent;
	event.process.main = process->main;
	tracer_emit(tracer, &event);
	resume(thread, 0);
}

static void tracer_stopped(struct tracer *tracer, struct thread *thread, int status)
{
	int number = WSTOPSIG(status);
	thread->stopped_ns = clock_now();
	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		before(tracer);
		family_born(tracer, thread, status >> 16 == PTRACE_EVENT_CLONE);
		resume(thread, 0);
		break;
	case PTRACE_EVENT_EXEC:
		exec_stop(tracer, thread);
		break;
	case PTRACE_EVENT_SECCOMP:
		seccomp_stop(tracer, thread);
		break;
	case PTRACE_EVENT_STOP:
		event_stop(tracer, thread, number);
		break;
	case 0:
		if (number == (SIGTRAP | 0x80))
			syscall_stop(tracer, thread);
		else
			signal_stop(tracer, thread, number);
		break;
	default:
		resume(thread, 0);
		break;
	}
}

void tracer_resume(const struct thread *thread)
{
	resume(thread, 0);
}

static void reaped(struct tracer *tracer, pid_t tid, int status)
{
	tracer->stops++;
	struct thread *thread = tree_thread(&tracer->tree, tid);
	if (!WIFSTOPPED(status)) {
		before(tracer);
		family_ended(tracer, tid, thread, status);
	} else if (thread == NULL) {
		family_early(tracer, tid);
	} else if (thread->newborn) {
		thread->newborn = false;
		tracer_stopped(tracer, thread, status);
	} else if (thread->process != NULL) {
		tracer_stopped(tracer, thread, status);
	}
}

unsigned tracer_reap(struct tracer *tracer, unsigned most)
{
	unsigned handled = 0;
	while (handled < most) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);
		if (tid < 0 && errno == EINTR)
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
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		struct thread *thread = tracer->tree.threads[i];
		if (!thread->held || thread->process == NULL || thread->process->actor != actor)
			continue;
		thread->held = false;
		resume(thread, 0);
	}
}
