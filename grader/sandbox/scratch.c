#include "sandbox/scratch.h"

#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A folder younger than this may be one whose keeper has not locked it yet. */
enum { YOUNG_S = 60 };

static bool is_leftover(int base, const char *name)
{
	struct stat info;
	if (strncmp(name, "grader-box-", 11) != 0)
		return false;
	FD_AUTO fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && fstat(fd, &info) == 0 && info.st_uid == geteuid() && info.st_mtime + YOUNG_S < time(NULL) &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void leftovers_remove(const char *base)
{
	DIR *entries = opendir(base);
	if (entries == NULL)
		return;
	for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
		char path[SCRATCH_PATH + 260];
		if (!is_leftover(dirfd(entries), entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", base, entry->d_name);
		folder_remove(path);
	}
	closedir(entries);
}

bool scratch_make(char scratch[static SCRATCH_PATH], struct mishap *mishap)
{
	const char *base = getenv("TMPDIR");
	if (base == NULL || base[0] != '/' || strlen(base) > SCRATCH_PATH - 64)
		base = "/tmp";
	leftovers_remove(base);
	snprintf(scratch, SCRATCH_PATH, "%s/grader-box-XXXXXX", base);
	/* Programs run as other users: they may pass, not list. */
	if (mkdtemp(scratch) != NULL && chmod(scratch, 0711) == 0)
		return true;
	mishap_errno(mishap, "mkdtemp %s", scratch);
	scratch[0] = '\0';
	return false;
}

/* The descriptor stays open on purpose. */
void scratch_lock(const char *scratch)
{
	int fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0)
		close(fd);
}

void scratch_remove(const char *scratch, unsigned slot)
{
	char path[SCRATCH_PATH + 16];
	snprintf(path, sizeof(path), "%s/%u", scratch, slot);
	folder_remove(path);
}
