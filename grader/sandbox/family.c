#include "sandbox/family.h"

#include "base/fd.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES_MOST = 65536 };

struct process {
	pid_t pid, parent;
	bool related;
};

struct processes {
	struct process *list; /* owned */
	size_t count;
};

static bool process_read(int proc, const char *name, struct process *process)
{
	char path[300], content[512];
	snprintf(path, sizeof(path), "%s/stat", name);
	FD_AUTO fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, content, sizeof(content) - 1);
	if (length <= 0)
		return false;
	content[length] = '\0';
	const char *name_end = strrchr(content, ')'); /* the name itself may hold anything */
	int parent;
	if (name_end == NULL || sscanf(name_end + 1, " %*c %d", &parent) != 1)
		return false;
	*process = (struct process){(pid_t)strtol(name, NULL, 10), parent, false};
	return true;
}

static void all_read(struct processes *all)
{
	DIR *entries = opendir("/proc");
	if (entries == NULL)
		return;
	for (const struct dirent *entry; all->count < PROCESSES_MOST && (entry = readdir(entries)) != NULL;)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    process_read(dirfd(entries), entry->d_name, &all->list[all->count]))
			all->count++;
	closedir(entries);
}

static bool is_related(const struct processes *all, pid_t pid, pid_t top)
{
	if (pid == top)
		return true;
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].pid == pid)
			return all->list[i].related;
	return false;
}

static bool is_known(pid_t pid, const pid_t *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (known[i] == pid)
			return true;
	return false;
}

/* Adds the children of a process; false where the kernel does not tell them (proc_pid_task(5)). */
static bool children_add(struct processes *found, pid_t pid, const pid_t *known, size_t known_count)
{
	char path[300], word[32];
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *threads = opendir(path);
	bool told = threads != NULL || pid != getpid(); /* others may have ended since */
	for (const struct dirent *entry; threads != NULL && (entry = readdir(threads)) != NULL;) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)pid, entry->d_name);
		FILE *children = fopen(path, "re");
		told = told && (children != NULL || pid != getpid());
		while (children != NULL && found->count < PROCESSES_MOST && fscanf(children, "%31s", word) == 1) {
			pid_t child = (pid_t)strtol(word, NULL, 10);
			if (!is_known(child, known, known_count))
				found->list[found->count++] = (struct process){child, pid, true};
		}
		if (children != NULL)
			fclose(children);
	}
	if (threads != NULL)
		closedir(threads);
	return told;
}

/* Marks the descendants of the calling process, without the families of `known`.  The caller frees the list. */
static struct processes descendants_find(const pid_t *known, size_t known_count)
{
	struct processes found = {calloc(PROCESSES_MOST, sizeof(*found.list)), 0};
	pid_t top = getpid();
	if (found.list == NULL)
		abort();
	if (children_add(&found, top, known, known_count)) {
		for (size_t i = 0; i < found.count; i++)
			children_add(&found, found.list[i].pid, known, known_count);
		return found;
	}
	all_read(&found);
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < found.count; i++) {
			struct process *process = &found.list[i];
			if (process->related || is_known(process->pid, known, known_count) ||
			    !is_related(&found, process->parent, top))
				continue;
			process->related = more = true;
		}
	}
	return found;
}

/* No process of it forks again (RLIMIT_NPROC of 0), then all are killed. */
static void descendants_kill(const pid_t *known, size_t known_count)
{
	struct processes found = descendants_find(known, known_count);
	struct rlimit none = {0, 0};
	for (size_t i = 0; i < found.count; i++)
		if (found.list[i].related)
			prlimit(found.list[i].pid, RLIMIT_NPROC, &none, NULL);
	for (size_t i = 0; i < found.count; i++)
		if (found.list[i].related)
			kill(found.list[i].pid, SIGKILL);
	free(found.list);
}

/* kill(-1) reaches everything that the caller may signal, at one moment. */
static void user_kill(uid_t user)
{
	pid_t killer = fork();
	if (killer == 0) {
		if (setresuid(user, user, user) == 0)
			kill(-1, SIGKILL);
		_exit(0);
	}
	if (killer > 0)
		waitpid(killer, NULL, 0);
}

/* A traced thread reports stops to its tracer even while it dies. */
static pid_t child_reap(int options)
{
	int status;
	pid_t pid = waitpid(-1, &status, __WALL | options);
	if (pid > 0 && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	return pid;
}

bool family_reap(void)
{
	pid_t reaped;
	do
		reaped = child_reap(WNOHANG);
	while (reaped > 0);
	return reaped == 0 || errno != ECHILD;
}

void family_end(uid_t user)
{
	while (family_reap()) {
		if (user != (uid_t)-1)
			user_kill(user);
		descendants_kill(NULL, 0);
		child_reap(0);
	}
}

void family_orphans_kill(const pid_t *known, size_t count)
{
	descendants_kill(known, count);
}

/* The number of kB behind `key` in a file of /proc/PID. */
static uint64_t memory_read(pid_t pid, const char *name, const char *key)
{
	char path[64], content[4096];
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, content, sizeof(content) - 1);
	if (length <= 0)
		return 0;
	content[length] = '\0';
	const char *line = strstr(content, key);
	return line == NULL ? 0 : strtoull(line + strlen(key), NULL, 10) * 1024;
}

/* Pss counts a page that several processes share once, and takes long; RssAnon is never less than the part of it that
 * belongs to nobody else. */
uint64_t family_memory(uint64_t interesting)
{
	struct processes found = descendants_find(NULL, 0);
	uint64_t resident = 0, shared = 0;
	for (size_t i = 0; i < found.count; i++)
		if (found.list[i].related)
			resident += memory_read(found.list[i].pid, "status", "\nRssAnon:") +
			            memory_read(found.list[i].pid, "status", "\nRssShmem:");
	for (size_t i = 0; i < found.count && resident > interesting; i++)
		if (found.list[i].related)
			shared += memory_read(found.list[i].pid, "smaps_rollup", "\nPss_Anon:") +
			          memory_read(found.list[i].pid, "smaps_rollup", "\nPss_Shmem:");
	free(found.list);
	return resident > interesting ? shared : resident;
}
