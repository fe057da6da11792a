/* The stops of a traced thread, ptrace(2), and what follows from each. */
#include "watch/calls.h"
#include "watch/deadlines.h"
#include "watch/descriptors.h"
#include "watch/following.h"
#include "model/language.h"
#include "watch/registers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* What the kernel returns inside itself when a signal cuts a call short: ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND
 * and ERESTART_RESTARTBLOCK of <linux/errno.h>.  The program sees none of them: the call goes on, or fails with
 * EINTR. */
enum { RESTART_FIRST = 512, RESTART_NO_HANDLER = 514, RESTART_BLOCK = 516, NOT_A_RESTART = 515 };

/* System calls that a signal handler may make until its interrupted call counts as failed with EINTR: it was left by
 * siglongjmp(3). */
enum { STRAYED_MOST = 64 };

void tracer_resume_with(const struct thread *thread, int signal_number)
{
	bool exits_wanted = thread->inside || thread->interrupted;
	ptrace(exits_wanted ? PTRACE_SYSCALL : PTRACE_CONT, thread->tid, 0L, (long)signal_number);
}

void tracer_resume(const struct thread *thread)
{
	tracer_resume_with(thread, 0);
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
	return thread->interrupted &&
	       (number == __NR_restart_syscall ||
	        (number == outer->number && instruction == outer->registers.instruction && stack == outer->registers.top));
}

static void interruption_ends(struct thread *thread)
{
	thread->entry = thread->outer;
	thread->injection = thread->outer_injection;
	thread->interrupted = false;
	thread->inside = true;
}

/* Entry stops are asked for only while a call is interrupted. */
static void entry_stop(struct tracer *tracer, struct thread *thread, const struct __ptrace_syscall_info *info)
{
	if (thread->buffering.done > 0) {
		tracer_resume(thread);
		return;
	}
	tracer_before(tracer);
	if (goes_on(thread, info->entry.nr, info->instruction_pointer, info->stack_pointer))
		interruption_ends(thread);
	else if (thread->interrupted && info->entry.nr == __NR_rt_sigreturn)
		thread->returning = true;
	else if (thread->interrupted && ++thread->strayed > STRAYED_MOST)
		interruption_fails(tracer, thread);
	tracer_resume(thread);
}

/* Under ptrace(2) a signal wakes a call even when the program ignores it, and calls that are never restarted
 * (signal(7)) then fail with EINTR as they would not without a tracer.  With this value the kernel decides again:
 * EINTR when there is a handler, else the call goes on. */
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
		tracer_before(tracer);
		if (thread->interrupted && result == -EINTR)
			interruption_fails(tracer, thread);
		tracer_resume(thread);
		return;
	}
	if (!thread->inside) {
		tracer_resume(thread);
		return;
	}
	if (buffers_limit(tracer, thread, &result) || inject_repeats(thread, result)) {
		tracer_resume(thread);
		return;
	}
	clock_undate(thread);
	if (!clock_wakes(tracer, thread, &result) && !inject_returned(tracer, thread, &result))
		result = undo_wakeup(tracer, thread, result);
	bool interrupted = result <= -RESTART_FIRST && result >= -RESTART_BLOCK && result != -NOT_A_RESTART;
	if (thread->withheld && !thread->silent && (interrupted || call_returns_anew(thread, result)))
		call_tell_entry(tracer, thread); /* ahead of the segments it has caused */
	tracer_before(tracer);
	if (interrupted) {
		thread->inside = false;
		if (!thread->silent) {
			if (thread->interrupted)
				interruption_fails(tracer, thread);
			thread->outer = thread->entry;
			thread->outer_injection = thread->injection;
			thread->interrupted = true;
			thread->strayed = 0;
		}
		tracer_resume(thread);
		return;
	}
	bool silent = thread->silent;
	call_returned(tracer, thread, result);
	if (!silent && actor_held(tracer, thread->process->actor))
		thread->held = true;
	else
		tracer_resume(thread);
}

/* splice(2) and sendfile(2) keep a pipe locked while they wait for its other side: with a standard stream, by whatever
 * number, this process would wait with the program.  EINVAL is what a stream that cannot be spliced gives; programs then
 * read and write.  It is told, whatever else the call is about. */
static void stream_spare(struct tracer *tracer, struct thread *thread)
{
	const struct entry *entry = &thread->entry;
	if ((entry->call != CALL_SPLICE && entry->call != CALL_SENDFILE) || tracer->hooks.own_pipe == NULL)
		return;
	size_t ends[] = {0, entry->call == CALL_SPLICE ? 2 : 0};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		uint64_t pipe = descriptor_pipe(thread->tid, (int)(uint32_t)entry->arguments[ends[i]]);
		if (pipe == 0 || !tracer->hooks.own_pipe(tracer->hooks.context, pipe) ||
		    !register_set_number(thread->tid, NUMBER_NONE))
			continue;
		register_set_result(thread->tid, -EINVAL);
		thread->inside = thread->withheld = true;
		thread->silent = false;
	}
}

static void seccomp_stop(struct tracer *tracer, struct thread *thread)
{
	struct entry now = {.time_ns = tracer_now(tracer), .descriptor = DESCRIPTOR_NONE};
	if (thread->buffering.done > 0 || !registers_of_call(thread->tid, &now.registers, &now.number, now.arguments)) {
		tracer_resume(thread);
		return;
	}
	if (goes_on(thread, now.number, now.registers.instruction, now.registers.top))
		interruption_ends(thread);
	if (thread->inside)
		inject_again(tracer, thread);
	bool clock = tracer->level == WATCH_TIMED && thread->process->begun && !thread->inside &&
	             clock_answer(tracer, thread, now.number, now.arguments);
	if (now.number == __NR_exit_group)
		images_read(&tracer->stacks.images, thread->process->image, thread->tid);
	if (clock || thread->inside || !thread->process->begun) {
		tracer_resume(thread);
		return;
	}
	thread->entry = now;
	thread->entry.call = call_of(now.number);
	call_entered(tracer, thread);
	stream_spare(tracer, thread);
	if (thread->inside)
		inject_entered(tracer, thread);
	if (thread->inside && tracer->level == WATCH_TIMED)
		clock_date(tracer, thread);
	tracer_resume(thread);
}

static void syscall_stop(struct tracer *tracer, struct thread *thread)
{
	struct __ptrace_syscall_info info;
	if (!system_call(thread->tid, &info))
		tracer_resume(thread);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		exit_stop(tracer, thread, info.exit.rval);
	else if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		entry_stop(tracer, thread, &info);
	else
		tracer_resume(thread);
}

/* Signals that a program gets for what it has just done. */
static bool faults(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL || number == SIGABRT ||
	       number == SIGPIPE || number == SIGSYS || number == SIGXFSZ;
}

/* Under ptrace(2) a signal wakes a call also when the program ignores it.  One that is not followed goes on then, and if
 * by restart_syscall(2), it has to be known as what. */
static void call_cut_short(struct thread *thread)
{
	struct call_cut cut;
	if (thread->inside || thread->interrupted || !thread->process->begun || !registers_cut(thread->tid, &cut))
		return;
	registers_go_on(thread->tid);
	struct sleep *sleep = &thread->sleep;
	if (cut.number == __NR_restart_syscall ||
	    (thread->asleep && sleep->number == cut.number && sleep->stack == cut.stack &&
	     memcmp(sleep->arguments, cut.arguments, sizeof(cut.arguments)) == 0))
		return;
	int64_t begun_ns = thread->process->since_ns;
	*sleep = (struct sleep){.number = cut.number,
	                        .stack = cut.stack,
	                        .not_before_ns = thread->looked_ns > begun_ns ? thread->looked_ns : begun_ns,
	                        .first_ns = thread->stopped_ns};
	memcpy(sleep->arguments, cut.arguments, sizeof(cut.arguments));
	thread->asleep = true;
}

static void signal_stop(struct tracer *tracer, struct thread *thread, int number)
{
	tracer_before(tracer);
	if (clock_gave_signal(thread, number)) {
		tracer_resume(thread);
		return;
	}
	call_cut_short(thread);
	/* SIGURG is how Go's scheduler interrupts its own threads; SIGSTOP is told when it has stopped them all. */
	bool noise = number == SIGSTOP || number == SIGTRAP || number == SIGURG;
	if (!noise && thread->process->begun) {
		struct event event = thread_event(tracer, thread, EVENT_SIGNAL);
		event.process.parent = thread->process->parent;
		event.process.main = thread->process->main;
		event.process.status = number;
		struct registers registers;
		if (faults(number) && registers_read(thread->tid, &registers))
			event.site = stacks_keep(&tracer->stacks, thread, &registers, true);
		images_read(&tracer->stacks.images, thread->process->image, thread->tid); /* it may be the last chance */
		tracer_emit(tracer, &event);
	}
	if (!late_puts_off(tracer, thread, number))
		tracer_resume_with(thread, number);
}

/* PTRACE_EVENT_STOP: a new thread's first stop, a group-stop, or its end. */
static void event_stop(struct tracer *tracer, struct thread *thread, int number)
{
	tracer_before(tracer);
	thread->grouped = false;
	int64_t result;
	if (thread->due && register_result(thread->tid, &result))
		clock_wakes(tracer, thread, &result);
	if (number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU) {
		if (thread->tid == thread->process->pid && thread->process->begun) {
			struct event event = thread_event(tracer, thread, EVENT_SIGNAL);
			event.process.parent = thread->process->parent;
			event.process.main = thread->process->main;
			event.process.status = number;
			tracer_emit(tracer, &event);
		}
		thread->grouped = true;
		ptrace(PTRACE_LISTEN, thread->tid, 0L, 0L);
		return;
	}
	tracer_resume(thread);
}

static void exec_stop(struct tracer *tracer, struct thread *thread)
{
	tracer_before(tracer);
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
	thread->buffering.done = 0;
	thread->moved_ns = thread->stopped_ns;
	tracer->tables++;
	timers_exec(&process->timers);
	process->begun = true;
	if (tracer->level == WATCH_TIMED)
		clock_hide_vdso(thread);
	process->image = 0;
	process->image_reads = 0;
	struct event event = thread_event(tracer, thread, EVENT_EXEC);
	event.process.parent = process->parent;
	event.process.main = process->main;
	char name[64];
	image_name(process->pid, name, sizeof(name));
	process->interpreted = language_of(name, strlen(name))->programs != NULL;
	event.data = (const uint8_t *)name;
	event.data_length = (uint32_t)strlen(name);
	tracer_emit(tracer, &event);
	tracer_resume(thread);
}

void tracer_stopped(struct tracer *tracer, struct thread *thread, int status)
{
	int number = WSTOPSIG(status);
	thread->stopped_ns = tracer_now(tracer);
	thread->waits = false;
	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		tracer_before(tracer);
		family_born(tracer, thread, status >> 16 == PTRACE_EVENT_CLONE);
		tracer_resume(thread);
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
		tracer_resume(thread);
		break;
	}
}
