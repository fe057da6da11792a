/* Births and deaths of processes and threads. */
#include "watch/deadlines.h"
#include "watch/following.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static void tell_birth(struct tracer *tracer, const struct thread *child, pid_t parent, bool is_thread)
{
	struct event event = thread_event(tracer, child, EVENT_FORK);
	event.process.parent = parent;
	event.process.thread = is_thread;
	tracer_emit(tracer, &event);
}

/* Past the ceiling nothing can be followed any more: the program ends as it would at its limit of processes. */
static void too_many(pid_t tid)
{
	kill(tid, SIGKILL);
}

/* Puts a child where it belongs and tells that it was born of `parent` (NULL: its creator is gone).  `cloned`: by
 * clone(2) as neither fork nor vfork, most likely a thread. */
static void adopt(struct tracer *tracer, struct thread *child, struct process *parent, bool cloned)
{
	pid_t group = child->tid, above = 0;
	if (!task_family(child->tid, &group, &above) && cloned && parent != NULL)
		group = parent->pid;
	struct process *process = group != child->tid ? tree_process(&tracer->tree, group) : NULL;
	bool is_thread = process != NULL;
	if (process == NULL) {
		if (parent == NULL)
			parent = tree_process(&tracer->tree, above);
		process = tree_add_process(&tracer->tree, child->tid, parent != NULL ? parent->pid : above,
		                           parent != NULL ? parent->actor : ACTOR_NONE);
		if (process == NULL) {
			too_many(child->tid);
			tree_drop_thread(&tracer->tree, child);
			return;
		}
		process->traced = true;
		process->begun = parent == NULL || parent->begun;
		process->image = parent != NULL ? parent->image : 0;
		process->interpreted = parent != NULL && parent->interpreted;
		process->since_ns = tracer_now(tracer);
	}
	child->process = process;
	child->late = is_thread && process->accepted;
	tell_birth(tracer, child, is_thread ? process->pid : process->parent, is_thread);
}

void family_born(struct tracer *tracer, struct thread *creator, bool cloned)
{
	unsigned long message = 0;
	if (ptrace(PTRACE_GETEVENTMSG, creator->tid, 0L, &message) != 0)
		return;
	row_end(tracer, creator);
	pid_t tid = (pid_t)message;
	struct thread *child = tree_thread(&tracer->tree, tid);
	bool stands = child != NULL && child->process == NULL;
	int status = 0;
	bool ended = child == NULL && tracer_child_exited(tracer, tid, &status);
	if (child == NULL) {
		child = tree_add_thread(&tracer->tree, tid, NULL);
		if (child == NULL) {
			too_many(tid);
			return;
		}
		child->newborn = true;
	}
	adopt(tracer, child, creator->process, cloned);
	child = tree_thread(&tracer->tree, tid);
	if (child != NULL && ended)
		family_ended(tracer, tid, child, status);
	else if (child != NULL && stands && !late_puts_off(tracer, child, 0))
		tracer_resume(child);
}

void family_early(struct tracer *tracer, pid_t tid)
{
	if (tree_add_thread(&tracer->tree, tid, NULL) == NULL) {
		too_many(tid);
		return;
	}
	pid_t group, parent;
	bool orphan = !task_family(tid, &group, &parent) ||
	              (tree_process(&tracer->tree, group) == NULL && tree_process(&tracer->tree, parent) == NULL);
	if (orphan)
		family_orphans(tracer);
}

void family_orphans(struct tracer *tracer)
{
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		struct thread *child = tracer->tree.threads[i];
		pid_t group, parent, tid = child->tid;
		if (child->process != NULL || !task_family(tid, &group, &parent))
			continue;
		if (tree_process(&tracer->tree, group) != NULL || tree_process(&tracer->tree, parent) != NULL)
			continue; /* whoever made it will report it */
		adopt(tracer, child, NULL, false);
		child = tree_thread(&tracer->tree, tid);
		if (child != NULL)
			tracer_resume(child);
	}
}

static void remember(struct tracer *tracer, pid_t pid, int status)
{
	size_t at = tracer->child_count++ % CHILDREN_REMEMBERED;
	tracer->children[at].pid = pid;
	tracer->children[at].status = status;
}

bool tracer_child_exited(struct tracer *tracer, pid_t pid, int *status)
{
	for (size_t i = 0; i < CHILDREN_REMEMBERED; i++) {
		if (tracer->children[i].pid != pid || pid <= 0)
			continue;
		*status = tracer->children[i].status;
		tracer->children[i].pid = 0;
		return true;
	}
	return false;
}

void family_ended(struct tracer *tracer, pid_t tid, struct thread *thread, int status)
{
	struct process *process = thread != NULL ? thread->process : tree_process(&tracer->tree, tid);
	if (process == NULL) {
		if (thread != NULL)
			tree_drop_thread(&tracer->tree, thread);
		remember(tracer, tid, status);
		return;
	}
	if (tid != process->pid) {
		row_end(tracer, thread);
		tree_drop_thread(&tracer->tree, thread);
		return;
	}
	for (size_t i = 0; i < tracer->tree.thread_count; i++)
		if (tracer->tree.threads[i]->process == process)
			row_end(tracer, tracer->tree.threads[i]);
	struct event event = {
		.kind = EVENT_EXIT,
		.time_ns = clock_now(),
		.actor = (int16_t)process->actor,
		.connection = CONNECTION_NONE,
		.pid = process->pid,
		.tid = process->pid,
		.process = {.parent = process->parent, .main = process->main, .status = status},
	};
	tree_drop_process(&tracer->tree, process);
	tracer_emit(tracer, &event);
	family_orphans(tracer);
}

unsigned tracer_alive(const struct tracer *tracer, int actor)
{
	unsigned count = 0;
	for (size_t i = 0; i < tracer->tree.process_count; i++)
		count += actor == ACTOR_NONE || tracer->tree.processes[i]->actor == actor;
	return count;
}

pid_t tracer_main(const struct tracer *tracer, int actor)
{
	const struct process *last = NULL;
	for (size_t i = 0; i < tracer->tree.process_count; i++) {
		const struct process *process = tracer->tree.processes[i];
		if (process->main && process->actor == actor && (last == NULL || process->launch > last->launch))
			last = process;
	}
	return last != NULL ? last->pid : 0;
}
