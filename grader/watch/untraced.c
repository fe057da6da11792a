/* Programs that are not traced: their processes and threads as /proc lists them. */
#include "watch/deadlines.h"
#include "watch/following.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A child of the harness itself that is pid 1 of a namespace is the box's own. */
static bool is_reaper(pid_t pid)
{
	char path[64], line[256];
	bool one = false;
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	while (!one && fgets(line, sizeof(line), file) != NULL) {
		const char *last = strrchr(line, '\t');
		one = strncmp(line, "NSpid:", 6) == 0 && last != NULL && strtol(last + 1, NULL, 10) == 1;
	}
	fclose(file);
	return one;
}

/* Who plays: the programs of one run have one actor most of the time. */
static int only_actor(const struct tree *tree)
{
	int actor = ACTOR_NONE;
	for (size_t i = 0; i < tree->process_count; i++)
		if (tree->processes[i]->main)
			actor = tree->processes[i]->actor;
	return actor;
}

typedef bool (*child_seen)(struct tracer *, pid_t child, pid_t parent);

/* Calls `seen` for each child that a task has made; true when one of them was news. */
static bool children_each(struct tracer *tracer, pid_t pid, pid_t tid, child_seen seen)
{
	char path[64];
	int child;
	bool news = false;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)tid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return false;
	while (fscanf(file, "%d", &child) == 1)
		if (seen(tracer, child, pid))
			news = true;
	fclose(file);
	return news;
}

static bool child_of_program(struct tracer *tracer, pid_t child, pid_t parent)
{
	if (tree_process(&tracer->tree, child) != NULL || task_state(child) == 'Z' || task_state(child) == 0)
		return false;
	const struct process *known = tree_process(&tracer->tree, parent);
	int actor = known != NULL ? known->actor : only_actor(&tracer->tree);
	struct process *process = tree_add_process(&tracer->tree, child, parent, actor);
	if (process == NULL)
		return false;
	process->begun = true;
	process->since_ns = tracer_now(tracer);
	return true;
}

/* An orphan has become the child of the harness, or of the box's reaper. */
static bool child_of_harness(struct tracer *tracer, pid_t child, pid_t parent)
{
	if (tree_process(&tracer->tree, child) != NULL)
		return false;
	if (is_reaper(child))
		return children_each(tracer, child, child, child_of_program);
	return child_of_program(tracer, child, parent);
}

static bool list_threads(struct tracer *tracer, struct process *process)
{
	char path[64];
	bool news = false;
	snprintf(path, sizeof(path), "/proc/%d/task", (int)process->pid);
	DIR *folder = opendir(path);
	if (folder == NULL)
		return false;
	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct thread *thread = tree_thread(&tracer->tree, tid);
		if (thread == NULL) {
			thread = tree_add_thread(&tracer->tree, tid, process);
			news = true;
		}
		if (thread == NULL)
			break;
		thread->listed = true;
		if (children_each(tracer, process->pid, tid, child_of_program))
			news = true;
	}
	closedir(folder);
	return news;
}

/* Its end is told by waitpid(2) when it is the harness's own child. */
static bool is_over(const struct process *process)
{
	char state = task_state(process->pid);
	pid_t group, parent;
	if (state == 0)
		return true;
	return state == 'Z' && task_family(process->pid, &group, &parent) && parent != getpid();
}

static bool drop_unlisted(struct tree *tree)
{
	bool news = false;
	for (size_t i = tree->thread_count; i-- > 0;) {
		struct thread *thread = tree->threads[i];
		if (thread->listed || thread->process == NULL || thread->process->traced)
			continue;
		tree_drop_thread(tree, thread);
		news = true;
	}
	for (size_t i = tree->process_count; i-- > 0;) {
		struct process *process = tree->processes[i];
		if (process->traced || !is_over(process))
			continue;
		tree_drop_process(tree, process);
		news = true;
	}
	return news;
}

bool untraced_list(struct tracer *tracer)
{
	struct tree *tree = &tracer->tree;
	bool any = false, news = false;
	for (size_t i = 0; i < tree->process_count; i++)
		any = any || !tree->processes[i]->traced;
	if (!any)
		return true;
	for (size_t i = 0; i < tree->thread_count; i++)
		tree->threads[i]->listed = false;
	if (children_each(tracer, getpid(), (pid_t)gettid(), child_of_harness))
		news = true;
	/* The list grows while it is walked. */
	for (size_t i = 0; i < tree->process_count; i++)
		if (!tree->processes[i]->traced && list_threads(tracer, tree->processes[i]))
			news = true;
	if (drop_unlisted(tree))
		news = true;
	return !news;
}
