#include "sandbox/folder.h"

#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* One walk; `to` is -1 when nothing is copied. */
struct walk {
	uid_t user;
	gid_t group;
	unsigned entries;
	off_t bytes;
	struct mishap *mishap;
};

typedef bool (*walk_entry)(struct walk *, int from, int to, const char *name, unsigned depth);

static bool walk_folder(struct walk *walk, int from, int to, unsigned depth, walk_entry each)
{
	if (depth > FOLDER_DEPTH)
		return mishap_text(walk->mishap, "the submission's folders are more than %d deep", FOLDER_DEPTH);
	int listed = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = listed < 0 ? NULL : fdopendir(listed);
	if (entries == NULL) {
		mishap_errno(walk->mishap, "reading a folder of the submission");
		fd_close(&listed);
		return false;
	}
	bool good = true;
	for (const struct dirent *entry; good && (entry = readdir(entries)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (++walk->entries > FOLDER_ENTRIES)
			good = mishap_text(walk->mishap, "the submission has more than %d files", FOLDER_ENTRIES);
		else
			good = each(walk, from, to, entry->d_name, depth);
	}
	closedir(entries);
	return good;
}

static bool entry_share(struct walk *walk, int folder, int unused, const char *name, unsigned depth)
{
	(void)unused;
	struct stat info;
	if (fchownat(folder, name, walk->user, walk->group, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return mishap_errno(walk->mishap, "giving %s to the sandbox user", name);
	if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
		return true;
	mode_t mode = (info.st_mode & 0777) | (info.st_mode & 0700) >> 3;
	FD_AUTO fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (mode != (info.st_mode & 07777) && fchmodat(folder, name, mode, 0) < 0))
		return mishap_errno(walk->mishap, "giving %s to the sandbox user", name);
	return !S_ISDIR(info.st_mode) || walk_folder(walk, fd, -1, depth + 1, entry_share);
}

bool folder_share(const char *path, uid_t user, gid_t group, struct mishap *mishap)
{
	struct walk walk = {user, group, 0, 0, mishap};
	FD_AUTO parent = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	FD_AUTO fd = openat(parent, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0 || chown(path, user, group) < 0 ||
	    chmod(path, (info.st_mode & 0777) | (info.st_mode & 0700) >> 3) < 0)
		return mishap_errno(mishap, "giving %s to the sandbox user", path);
	return walk_folder(&walk, fd, -1, 0, entry_share);
}

static bool bytes_copy(struct walk *walk, int from, int to, off_t size)
{
	walk->bytes += size;
	if (walk->bytes > FOLDER_BYTES)
		return mishap_text(walk->mishap, "the submission's files are more than 1 GiB");
	while (size > 0) {
		ssize_t moved = sendfile(to, from, NULL, size > INT_MAX ? INT_MAX : (size_t)size);
		if (moved < 0 && errno == EINTR)
			continue;
		if (moved < 0)
			return mishap_errno(walk->mishap, "copying the submission");
		if (moved == 0) /* it became shorter meanwhile */
			return true;
		size -= moved;
	}
	return true;
}

static bool file_copy(struct walk *walk, int from, int to, const char *name, mode_t mode)
{
	FD_AUTO source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FD_AUTO target = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat info;
	if (source < 0 || target < 0 || fstat(source, &info) < 0)
		return mishap_errno(walk->mishap, "copying %s", name);
	if (!bytes_copy(walk, source, target, info.st_size))
		return false;
	if (walk->user != (uid_t)-1 && fchown(target, walk->user, walk->group) < 0)
		return mishap_errno(walk->mishap, "copying %s", name);
	if (fchmod(target, mode) < 0)
		return mishap_errno(walk->mishap, "copying %s", name);
	return true;
}

static bool link_copy(struct walk *walk, int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(from, name, target, sizeof(target) - 1);
	if (length < 0)
		return mishap_errno(walk->mishap, "copying %s", name);
	target[length] = '\0';
	if (symlinkat(target, to, name) < 0)
		return mishap_errno(walk->mishap, "copying %s", name);
	return true;
}

static bool entry_copy(struct walk *walk, int from, int to, const char *name, unsigned depth)
{
	struct stat info;
	if (fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return mishap_errno(walk->mishap, "copying %s", name);
	if (S_ISREG(info.st_mode))
		return file_copy(walk, from, to, name, info.st_mode & 0777);
	if (S_ISLNK(info.st_mode))
		return link_copy(walk, from, to, name);
	if (!S_ISDIR(info.st_mode))
		return true;
	if (mkdirat(to, name, 0700) < 0)
		return mishap_errno(walk->mishap, "copying %s", name);
	FD_AUTO source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	FD_AUTO target = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (source < 0 || target < 0)
		return mishap_errno(walk->mishap, "copying %s", name);
	if (!walk_folder(walk, source, target, depth + 1, entry_copy))
		return false;
	if ((walk->user != (uid_t)-1 && fchown(target, walk->user, walk->group) < 0) ||
	    fchmod(target, info.st_mode & 0777) < 0)
		return mishap_errno(walk->mishap, "copying %s", name);
	return true;
}

bool folder_copy(const char *from, const char *to, uid_t user, gid_t group, struct mishap *mishap)
{
	struct walk walk = {user, group, 0, 0, mishap};
	FD_AUTO source = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FD_AUTO target = open(to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (source < 0 || target < 0)
		return mishap_errno(mishap, "copying the submission");
	return walk_folder(&walk, source, target, 0, entry_copy);
}

static bool entry_count(struct walk *walk, int folder, int unused, const char *name, unsigned depth)
{
	(void)unused;
	struct stat info;
	if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return true;
	walk->bytes += (off_t)info.st_blocks * 512;
	if (walk->bytes > FOLDER_BYTES)
		return false;
	if (!S_ISDIR(info.st_mode))
		return true;
	FD_AUTO fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 || walk_folder(walk, fd, -1, depth + 1, entry_count);
}

bool folder_fits(const char *path)
{
	struct mishap unused;
	struct walk walk = {.mishap = &unused};
	FD_AUTO fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || walk_folder(&walk, fd, -1, 0, entry_count);
}
