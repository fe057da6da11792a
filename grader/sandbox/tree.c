#include "sandbox/tree.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool tree_path(char path[static TREE_PATH_MOST], const char *top, const char *name, struct mishap *mishap)
{
	if (snprintf(path, TREE_PATH_MOST, "%s%s", top, name) < TREE_PATH_MOST)
		return true;
	return mishap_text(mishap, "the path %.100s… is too long", name);
}

/* Makes the folder and those above it, in the new root. */
bool tree_folder(const char *name, struct mishap *mishap)
{
	char path[TREE_PATH_MOST];
	if (!tree_path(path, TREE_NEW, name, mishap))
		return false;
	for (char *at = path + strlen(TREE_NEW) + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return mishap_errno(mishap, "mkdir %.150s", path);
		*at = '/';
	}
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return mishap_errno(mishap, "mkdir %.150s", path);
	return true;
}

static bool parent_make(const char *name, struct mishap *mishap)
{
	char parent[TREE_PATH_MOST];
	if (!tree_path(parent, "", name, mishap))
		return false;
	char *slash = strrchr(parent, '/');
	if (slash == NULL || slash == parent)
		return true;
	*slash = '\0';
	return tree_folder(parent, mishap);
}

bool tree_file(const char *name, const void *bytes, size_t length, struct mishap *mishap)
{
	char path[TREE_PATH_MOST];
	if (!tree_path(path, TREE_NEW, name, mishap) || !parent_make(name, mishap))
		return false;
	FD_AUTO fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || !fd_write_all(fd, bytes, length))
		return mishap_errno(mishap, "writing %.150s", name);
	return true;
}

bool tree_link(const char *name, const char *target, struct mishap *mishap)
{
	char path[TREE_PATH_MOST];
	if (!tree_path(path, TREE_NEW, name, mishap))
		return false;
	if (symlink(target, path) < 0 && errno != EEXIST)
		return mishap_errno(mishap, "symlink %.150s", name);
	return true;
}

/* Flags of a mount that a bind of it in a user namespace must keep (mount_namespaces(7)). */
static unsigned long flags_kept(const char *path)
{
	struct statvfs info;
	unsigned long flags = 0;
	if (statvfs(path, &info) < 0)
		return 0;
	flags |= (info.f_flag & ST_NODEV) != 0 ? MS_NODEV : 0;
	flags |= (info.f_flag & ST_NOEXEC) != 0 ? MS_NOEXEC : 0;
	flags |= (info.f_flag & ST_RDONLY) != 0 ? MS_RDONLY : 0;
	flags |= (info.f_flag & ST_NOATIME) != 0 ? MS_NOATIME : 0;
	flags |= (info.f_flag & ST_NODIRATIME) != 0 ? MS_NODIRATIME : 0;
	flags |= (info.f_flag & ST_RELATIME) != 0 ? MS_RELATIME : 0;
	return flags;
}

bool tree_restrict(const char *path, bool recursive, uint64_t attributes, struct mishap *mishap)
{
	struct mount_attr change = {.attr_set = attributes};
	if (mount_setattr(AT_FDCWD, path, recursive ? AT_RECURSIVE : 0, &change, sizeof(change)) == 0)
		return true;
	if (errno != ENOSYS)
		return mishap_errno(mishap, "mount_setattr %.150s", path);
	unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID | flags_kept(path); /* before Linux 5.12 */
	flags |= (attributes & MOUNT_ATTR_RDONLY) != 0 ? MS_RDONLY : 0;
	flags |= (attributes & MOUNT_ATTR_NODEV) != 0 ? MS_NODEV : 0;
	if (mount(NULL, path, NULL, flags, NULL) < 0)
		return mishap_errno(mishap, "remounting %.150s", path);
	return true;
}

bool tree_bind(const char *source, const char *name, uint64_t attributes, struct mishap *mishap)
{
	char from[TREE_PATH_MOST], to[TREE_PATH_MOST];
	if (!tree_path(from, TREE_OLD, source, mishap) || !tree_path(to, TREE_NEW, name, mishap))
		return false;
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		return mishap_errno(mishap, "binding %.150s", source);
	return tree_restrict(to, true, attributes, mishap);
}
