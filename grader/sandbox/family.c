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

static size_t processes_read(struct process *list)
{
	DIR *entries = opendir("/proc");
	size_t count = 0;
	if (entries == NULL)
		return 0;
	for (const struct dirent *entry; count < PROCESSES_MOST && (entry = readdir(entries)) != NULL;)
		if (isdigit((unsigned char)entry->d_name[0]) && process_read(dirfd(entries), entry->d_name, &list[count]))
			count++;
	closedir(entries);
	return count;
}

static bool is_related(const struct process *list, size_t count, pid_t pid, pid_t top)
{
	if (pid == top)
		return true;
	for (size_t i = 0; i < count; i++)
		if (list[i].pid == pid)
			return list[i].related;
	return false;
}

static bool is_known(pid_t pid, const pid_t *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (known[i] == pid)
			return true;
	return false;
}

/* Marks the descendants of the calling process, without the families of `known`.  The caller frees the list. */
static struct process *descendants_find(const pid_t *known, size_t known_count, size_t *count)
{
	struct process *list = calloc(PROCESSES_MOST, sizeof(*list));
	if (list == NULL)
		abort();
	*count = processes_read(list);
	pid_t top = getpid();
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < *count; i++) {
			if (list[i].related || is_known(list[i].pid, known, known_count) ||
			    !is_related(list, *count, list[i].parent, top))
				continue;
			list[i].related = more = true;
		}
	}
	return list;
}

/* No process of it forks again (RLIMIT_NPROC of 0), then all are killed. */
static void descendants_kill(const pid_t *known, size_t known_count)
{
	size_t count;
	struct process *list = descendants_find(known, known_count, &count);
	struct rlimit none = {0, 0};
	for (size_t i = 0; i < count; i++)
		if (list[i].related)
			prlimit(list[i].pid, RLIMIT_NPROC, &none, NULL);
	for (size_t i = 0; i < count; i++)
		if (list[i].related)
			kill(list[i].pid, SIGKILL);
	free(list);
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

/* False when there is no child left, and so, for a subreaper, no descendant. */
static bool ended_reap(void)
{
	pid_t reaped;
	do
		reaped = child_reap(WNOHANG);
	while (reaped > 0);
	return reaped == 0 || errno != ECHILD;
}

void family_end(uid_t user)
{
	while (ended_reap()) {
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
	size_t count;
	struct process *list = descendants_find(NULL, 0, &count);
	uint64_t resident = 0, shared = 0;
	for (size_t i = 0; i < count; i++)
		if (list[i].related)
			resident +=
				memory_read(list[i].pid, "status", "\nRssAnon:") + memory_read(list[i].pid, "status", "\nRssShmem:");
	for (size_t i = 0; i < count && resident > interesting; i++)
		if (list[i].related)
			shared += memory_read(list[i].pid, "smaps_rollup", "\nPss_Anon:") +
			          memory_read(list[i].pid, "smaps_rollup", "\nPss_Shmem:");
	free(list);
	return resident > interesting ? shared : resident;
}
