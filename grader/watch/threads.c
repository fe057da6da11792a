#include "watch/threads.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *grown(void *list, size_t *capacity, size_t wanted, size_t element)
{
	if (wanted <= *capacity)
		return list;
	*capacity = *capacity < 16 ? 16 : *capacity * 2;
	list = realloc(list, *capacity * element);
	if (list == NULL)
		abort();
	return list;
}

static void thread_free(struct tree *tree, struct thread *thread)
{
	for (int i = 0; i < THREAD_FILES; i++)
		if (thread->files[i] >= 0) {
			fd_close(&thread->files[i]);
			tree->files--;
		}
	free(thread);
}

void tree_release(struct tree *tree)
{
	for (size_t i = 0; i < tree->thread_count; i++)
		thread_free(tree, tree->threads[i]);
	for (size_t i = 0; i < tree->process_count; i++)
		free(tree->processes[i]);
	free(tree->threads);
	free(tree->processes);
	*tree = (struct tree){0};
}

/* Where the tid is, or would be. */
static size_t place_of(const struct tree *tree, pid_t tid)
{
	size_t from = 0, to = tree->thread_count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (tree->threads[middle]->tid < tid)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct thread *tree_thread(const struct tree *tree, pid_t tid)
{
	size_t at = place_of(tree, tid);
	return at < tree->thread_count && tree->threads[at]->tid == tid ? tree->threads[at] : NULL;
}

struct process *tree_process(const struct tree *tree, pid_t pid)
{
	for (size_t i = tree->process_count; i-- > 0;)
		if (tree->processes[i]->pid == pid)
			return tree->processes[i];
	return NULL;
}

struct thread *tree_add_thread(struct tree *tree, pid_t tid, struct process *process)
{
	if (tree->thread_count >= THREADS_MOST)
		return NULL;
	struct thread *thread = calloc(1, sizeof(*thread));
	if (thread == NULL)
		abort();
	thread->tid = tid;
	thread->process = process;
	for (int i = 0; i < THREAD_FILES; i++)
		thread->files[i] = -1;
	tree->threads = grown(tree->threads, &tree->thread_capacity, tree->thread_count + 1, sizeof(struct thread *));
	size_t at = place_of(tree, tid);
	memmove(tree->threads + at + 1, tree->threads + at, (tree->thread_count - at) * sizeof(struct thread *));
	tree->threads[at] = thread;
	tree->thread_count++;
	return thread;
}

struct process *tree_add_process(struct tree *tree, pid_t pid, pid_t parent, int actor)
{
	if (tree->process_count >= PROCESSES_MOST)
		return NULL;
	struct process *process = calloc(1, sizeof(*process));
	if (process == NULL)
		abort();
	process->pid = pid;
	process->parent = parent;
	process->actor = actor;
	tree->processes =
		grown(tree->processes, &tree->process_capacity, tree->process_count + 1, sizeof(struct process *));
	tree->processes[tree->process_count++] = process;
	return process;
}

void tree_drop_thread(struct tree *tree, struct thread *thread)
{
	size_t at = place_of(tree, thread->tid);
	tree->thread_count--;
	memmove(tree->threads + at, tree->threads + at + 1, (tree->thread_count - at) * sizeof(struct thread *));
	thread_free(tree, thread);
}

void tree_drop_process(struct tree *tree, struct process *process)
{
	for (size_t i = tree->thread_count; i-- > 0;)
		if (tree->threads[i]->process == process)
			tree_drop_thread(tree, tree->threads[i]);
	size_t at = 0;
	while (tree->processes[at] != process)
		at++;
	tree->process_count--;
	memmove(tree->processes + at, tree->processes + at + 1, (tree->process_count - at) * sizeof(struct process *));
	free(process);
}

struct thread *tree_any_thread(const struct tree *tree, const struct process *process)
{
	struct thread *leader = tree_thread(tree, process->pid);
	for (size_t i = 0; i < tree->thread_count; i++) {
		struct thread *thread = tree->threads[i];
		if (thread->process != process || thread == leader)
			continue;
		/* pthread_exit(3) in main() leaves a leader that is a zombie and has no descriptors any more. */
		return leader != NULL && task_state(leader->tid) != 'Z' ? leader : thread;
	}
	return leader;
}

char stat_state(const char *stat)
{
	const char *name_end = strrchr(stat, ')');
	return name_end != NULL && name_end[1] == ' ' ? name_end[2] : '\0';
}

bool thread_read(struct tree *tree, struct thread *thread, int which, char *into, size_t length)
{
	static const char *const names[THREAD_FILES] = {"stat", "syscall", "schedstat"};
	int *file = &thread->files[which];
	if (*file < 0) {
		char path[64];
		pid_t group = thread->process != NULL ? thread->process->pid : thread->tid;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", (int)group, (int)thread->tid, names[which]);
		*file = open(path, O_RDONLY | O_CLOEXEC);
		if (*file < 0)
			return false;
		tree->files++;
	}
	ssize_t count = pread(*file, into, length - 1, 0);
	if (count <= 0 || tree->files > FILES_KEPT) {
		fd_close(file);
		tree->files--;
	}
	if (count <= 0)
		return false;
	into[count] = '\0';
	return true;
}

bool thread_scheduled(struct tree *tree, struct thread *thread, int64_t *cpu_ns, int64_t *waited_ns, uint64_t *switches)
{
	char text[96], *end;
	if (!thread_read(tree, thread, THREAD_SCHEDSTAT, text, sizeof(text)))
		return false;
	*cpu_ns = (int64_t)strtoull(text, &end, 10);
	*waited_ns = (int64_t)strtoull(end, &end, 10);
	*switches = strtoull(end, NULL, 10);
	return true;
}

char task_state(pid_t tid)
{
	char text[512];
	snprintf(text, sizeof(text), "/proc/%d/stat", (int)tid);
	FD_AUTO file = open(text, O_RDONLY | O_CLOEXEC);
	ssize_t count = file >= 0 ? read(file, text, sizeof(text) - 1) : -1;
	if (count <= 0)
		return 0;
	text[count] = '\0';
	return stat_state(text);
}

bool task_family(pid_t tid, pid_t *group, pid_t *parent)
{
	char path[64], line[256];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	int found = 0;
	while (found < 2 && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "Tgid:", 5) == 0) {
			*group = (pid_t)strtol(line + 5, NULL, 10);
			found++;
		} else if (strncmp(line, "PPid:", 5) == 0) {
			*parent = (pid_t)strtol(line + 5, NULL, 10);
			found++;
		}
	}
	fclose(file);
	return found == 2;
}
