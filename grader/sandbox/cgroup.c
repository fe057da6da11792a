#include "sandbox/cgroup.h"

#include "base/fd.h"
#include "base/text.h"
#include "model/event.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTROL_FILE_MOST = 1 << 20, NAME_PATH = CGROUP_PATH + 64 };

static bool control_write(const char *folder, const char *name, const char *value)
{
	char path[NAME_PATH];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FD_AUTO fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
}

/* The number behind `key` in a file of "key number" lines; 0 when it cannot be known. */
static uint64_t control_number(const char *folder, const char *name, const char *key)
{
	char path[NAME_PATH], content[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, content, sizeof(content) - 1);
	if (length <= 0)
		return 0;
	content[length] = '\0';
	for (const char *line = content; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ' ')
			return strtoull(line + strlen(key), NULL, 10);
	}
	return 0;
}

/* Where a controller is mounted.  `controller` NULL: version 2. */
static bool mount_find(const char *mounts, const char *controller, char *path, size_t size)
{
	for (const char *line = mounts; *line != '\0';) {
		char place[CGROUP_PATH], type[32], options[512];
		int fields = sscanf(line, "%*s %511s %31s %511s", place, type, options);
		line += strcspn(line, "\n");
		line += *line == '\n';
		if (fields != 3)
			continue;
		bool fits = controller == NULL && strcmp(type, "cgroup2") == 0;
		if (controller != NULL && strcmp(type, "cgroup") == 0) {
			char *rest = NULL;
			for (char *word = strtok_r(options, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest))
				fits = fits || strcmp(word, controller) == 0;
		}
		if (fits)
			return snprintf(path, size, "%s", place) < (int)size;
	}
	return false;
}

/* The calling process's own group of a controller as a path below the mount; "" when it is not known. */
static void own_find(const char *groups, const char *controller, char *path, size_t size)
{
	path[0] = '\0';
	for (const char *line = groups; *line != '\0';) {
		char names[256] = "", group[CGROUP_PATH];
		bool version_2 = sscanf(line, "0::%511s", group) == 1;
		bool good = version_2 || sscanf(line, "%*[0-9]:%255[^:]:%511s", names, group) == 2;
		line += strcspn(line, "\n");
		line += *line == '\n';
		bool fits = good && version_2 && controller == NULL;
		char *rest = NULL;
		for (char *word = strtok_r(names, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest))
			fits = fits || (good && controller != NULL && strcmp(word, controller) == 0);
		if (fits && strcmp(group, "/") != 0)
			snprintf(path, size, "%s", group);
	}
}

/* What keepers left that were killed with no time to clean up: "grader-PID-SLOT".  A PID says nothing about a keeper in
 * another pid namespace; its lock does. */
static void leftovers_remove(const char *base)
{
	DIR *entries = opendir(base);
	if (entries == NULL)
		return;
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
		int keeper;
		unsigned slot;
		if (sscanf(entry->d_name, "grader-%d-%u", &keeper, &slot) != 2 || kill(keeper, 0) == 0 || errno != ESRCH)
			continue;
		FD_AUTO folder = openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (folder >= 0 && flock(folder, LOCK_EX | LOCK_NB) == 0)
			unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR);
	}
	closedir(entries);
}

/* True when a group can be made there that has the file. */
static bool base_works(const char *base, const char *file, const char *other)
{
	char path[NAME_PATH], inside[NAME_PATH + 64];
	if (snprintf(path, sizeof(path), "%s/grader-%d-probe", base, getpid()) >= CGROUP_PATH || mkdir(path, 0755) < 0)
		return false;
	snprintf(inside, sizeof(inside), "%s/%s", path, file);
	bool works = access(inside, W_OK) == 0;
	snprintf(inside, sizeof(inside), "%s/%s", path, other);
	works = works && access(inside, W_OK) == 0;
	rmdir(path);
	return works;
}

static bool base_find_1(const char *mounts, const char *groups, const char *controller, const char *file, char *base)
{
	char place[CGROUP_PATH], own[CGROUP_PATH], joined[2 * CGROUP_PATH];
	if (!mount_find(mounts, controller, place, sizeof(place)))
		return false;
	own_find(groups, controller, own, sizeof(own));
	snprintf(joined, sizeof(joined), "%s%s", place, own);
	for (unsigned i = 0; i < 2; i++) {
		const char *candidate = i == 0 ? joined : place;
		if (strlen(candidate) + 64 < CGROUP_PATH && base_works(candidate, file, "tasks"))
			return snprintf(base, CGROUP_PATH, "%.*s", CGROUP_PATH - 1, candidate) > 0;
	}
	return false;
}

/* A group that holds processes cannot hand controllers on (cgroups(7), "no internal processes"): the parent of the own
 * one may, or as root the top. */
static bool base_find_2(const char *mounts, const char *groups, char *base)
{
	char place[CGROUP_PATH], own[CGROUP_PATH], joined[2 * CGROUP_PATH];
	if (!mount_find(mounts, NULL, place, sizeof(place)))
		return false;
	own_find(groups, NULL, own, sizeof(own));
	char *slash = strrchr(own, '/');
	if (slash != NULL)
		*slash = '\0';
	snprintf(joined, sizeof(joined), "%s%s", place, own);
	for (unsigned i = 0; i < 2; i++) {
		const char *candidate = i == 0 ? joined : place;
		if (strlen(candidate) + 64 < CGROUP_PATH && base_works(candidate, "memory.max", "pids.max"))
			return snprintf(base, CGROUP_PATH, "%.*s", CGROUP_PATH - 1, candidate) > 0;
	}
	return false;
}

void cgroups_find(struct cgroups *cgroups)
{
	*cgroups = (struct cgroups){0};
	TEXT_AUTO mounts = {0};
	TEXT_AUTO groups = {0};
	if (!file_read("/proc/self/mounts", CONTROL_FILE_MOST, &mounts) ||
	    !file_read("/proc/self/cgroup", CONTROL_FILE_MOST, &groups))
		return;
	const char *mounted = text_string(&mounts), *own = text_string(&groups);
	if (base_find_2(mounted, own, cgroups->memory)) {
		memcpy(cgroups->pids, cgroups->memory, sizeof(cgroups->pids));
		cgroups->version = 2;
	} else if (base_find_1(mounted, own, "memory", "memory.limit_in_bytes", cgroups->memory) &&
	           base_find_1(mounted, own, "pids", "pids.max", cgroups->pids)) {
		cgroups->version = 1;
	} else {
		return;
	}
	leftovers_remove(cgroups->memory);
	leftovers_remove(cgroups->pids);
}

static int folder_lock(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		flock(fd, LOCK_SH | LOCK_NB);
	return fd;
}

static int control_open(const char *folder, const char *name)
{
	char path[NAME_PATH];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return open(path, O_WRONLY | O_CLOEXEC);
}

bool cgroup_make(const struct cgroups *cgroups, pid_t keeper, unsigned slot, struct cgroup *cgroup,
                 struct mishap *mishap)
{
	*cgroup = (struct cgroup){.version = cgroups->version, .folder = -1, .locks = {-1, -1}, .join = {-1, -1}};
	char name[64];
	snprintf(name, sizeof(name), "grader-%d-%u", keeper, slot);
	snprintf(cgroup->memory, sizeof(cgroup->memory), "%.*s/%s", CGROUP_PATH - 65, cgroups->memory, name);
	snprintf(cgroup->pids, sizeof(cgroup->pids), "%.*s/%s", CGROUP_PATH - 65, cgroups->pids, name);
	bool good = mkdir(cgroup->memory, 0755) == 0;
	if (good)
		cgroup->locks[0] = folder_lock(cgroup->memory);
	if (good && cgroup->version == 2) {
		cgroup->folder = open(cgroup->memory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		cgroup->join[0] = control_open(cgroup->memory, "cgroup.procs");
		good = cgroup->folder >= 0 && cgroup->join[0] >= 0;
	} else if (good) {
		good = mkdir(cgroup->pids, 0755) == 0;
		if (good)
			cgroup->locks[1] = folder_lock(cgroup->pids);
		cgroup->join[0] = control_open(cgroup->memory, "tasks");
		cgroup->join[1] = control_open(cgroup->pids, "tasks");
		good = good && cgroup->join[0] >= 0 && cgroup->join[1] >= 0;
	}
	if (good)
		return true;
	mishap_errno(mishap, "making the cgroup %s", cgroup->memory);
	cgroup_remove(cgroup);
	return false;
}

static bool number_set(const char *folder, const char *name, uint64_t value, const char *none)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64, value);
	return control_write(folder, name, value == 0 ? none : text);
}

static uint64_t kills_counted(const struct cgroup *cgroup)
{
	const char *file = cgroup->version == 2 ? "memory.events" : "memory.oom_control";
	return control_number(cgroup->memory, file, "oom_kill");
}

static uint64_t refusals_counted(const struct cgroup *cgroup)
{
	return control_number(cgroup->pids, "pids.events", "max");
}

bool cgroup_limit(struct cgroup *cgroup, const struct limits *limits, struct mishap *mishap)
{
	if (limits->memory_bytes != cgroup->memory_bytes) {
		bool version_2 = cgroup->version == 2;
		const char *file = version_2 ? "memory.max" : "memory.limit_in_bytes";
		const char *none = version_2 ? "max" : "-1";
		/* What the test before has left in its files is given back first. */
		if (!number_set(cgroup->memory, file, limits->memory_bytes, none) &&
		    !(!version_2 && control_write(cgroup->memory, "memory.force_empty", "0") &&
		      number_set(cgroup->memory, file, limits->memory_bytes, none)))
			return mishap_errno(mishap, "setting %s", file);
		if (version_2 && !control_write(cgroup->memory, "memory.swap.max", "0") && errno != ENOENT)
			return mishap_errno(mishap, "setting memory.swap.max");
		cgroup->memory_bytes = limits->memory_bytes;
	}
	if (limits->processes != cgroup->processes) {
		if (!number_set(cgroup->pids, "pids.max", limits->processes, "max"))
			return mishap_errno(mishap, "setting pids.max");
		cgroup->processes = limits->processes;
	}
	cgroup->kills = kills_counted(cgroup);
	cgroup->refusals = refusals_counted(cgroup);
	return true;
}

bool cgroup_join(const struct cgroup *cgroup, struct mishap *mishap)
{
	for (unsigned i = 0; i < 2; i++)
		if (cgroup->join[i] >= 0 && write(cgroup->join[i], "0", 1) != 1)
			return mishap_errno(mishap, "joining the cgroup %s", i == 0 ? cgroup->memory : cgroup->pids);
	return true;
}

int cgroup_reached(const struct cgroup *cgroup)
{
	if (kills_counted(cgroup) > cgroup->kills)
		return LIMIT_MEMORY;
	return refusals_counted(cgroup) > cgroup->refusals ? LIMIT_PROCESSES : -1;
}

bool cgroup_remove(struct cgroup *cgroup)
{
	fd_close(&cgroup->folder);
	fd_close(&cgroup->locks[0]);
	fd_close(&cgroup->locks[1]);
	fd_close(&cgroup->join[0]);
	fd_close(&cgroup->join[1]);
	bool good = rmdir(cgroup->memory) == 0 || errno == ENOENT;
	if (cgroup->version == 1)
		good = (rmdir(cgroup->pids) == 0 || errno == ENOENT) && good;
	return good;
}
