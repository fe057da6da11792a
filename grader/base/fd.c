#include "base/fd.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_close(int *fd)
{
	int kept = errno;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = kept;
}

bool fd_write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;
	while (length > 0) {
		ssize_t count = write(fd, at, length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return false;
		at += count;
		length -= (size_t)count;
	}
	return true;
}

bool fd_read_all(int fd, void *bytes, size_t length)
{
	char *at = bytes;
	while (length > 0) {
		ssize_t count = read(fd, at, length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count == 0)
			errno = 0;
		if (count <= 0)
			return false;
		at += count;
		length -= (size_t)count;
	}
	return true;
}

bool file_read(const char *path, size_t most, struct text *content)
{
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return false;
	if (S_ISDIR(info.st_mode)) {
		errno = EISDIR;
		return false;
	}
	char chunk[16384];
	for (;;) {
		ssize_t count = read(fd, chunk, sizeof(chunk));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return false;
		if (count == 0)
			return true;
		if (content->length + (size_t)count > most) {
			errno = EFBIG;
			return false;
		}
		text_add(content, chunk, (size_t)count);
	}
}

static bool folder_sync(const char *path)
{
	TEXT_AUTO folder = {0};
	const char *slash = strrchr(path, '/');
	if (slash == NULL)
		text_puts(&folder, ".");
	else
		text_add(&folder, path, slash == path ? 1 : (size_t)(slash - path));
	FD_AUTO fd = open(text_string(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
}

bool file_write_atomically(const char *path, const void *bytes, size_t length, mode_t mode)
{
	TEXT_AUTO temporary = {0};
	text_printf(&temporary, "%s.XXXXXX", path);
	FD_AUTO fd = mkostemp(temporary.bytes, O_CLOEXEC);
	if (fd < 0)
		return false;
	if (fd_write_all(fd, bytes, length) && fchmod(fd, mode) == 0 && fsync(fd) == 0 &&
	    rename(temporary.bytes, path) == 0)
		return folder_sync(path);
	int kept = errno;
	unlink(temporary.bytes);
	errno = kept;
	return false;
}

/* A tree may be deeper than there are descriptors or stack: what lies too deep is moved up, and emptied in another round. */
enum { REMOVED_AT_ONCE = 64 };
struct removal {
	int top; /* the folder that is to go */
	dev_t device;
	unsigned moved; /* folders, so far */
};

static bool entries_remove(struct removal *removal, int fd, unsigned depth);

static bool move_up(struct removal *removal, int folder, const char *name)
{
	char moved[32];
	do
		snprintf(moved, sizeof(moved), ".moved-%u", removal->moved++);
	while (renameat(folder, name, removal->top, moved) < 0 &&
	       (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR));
	return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

static bool entry_remove(struct removal *removal, int folder, const char *name, unsigned depth)
{
	struct stat info;
	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return false;
	if (fchmodat(folder, name, 0700, 0) < 0 && errno == ENOENT)
		return true;
	if (depth >= REMOVED_AT_ONCE)
		return move_up(removal, folder, name);
	FD_AUTO fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) < 0)
		return errno == ENOENT;
	if (info.st_dev != removal->device) {
		errno = EXDEV;
		return false;
	}
	return entries_remove(removal, fd, depth + 1) && (unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

static bool entries_remove(struct removal *removal, int fd, unsigned depth)
{
	int listed = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = listed >= 0 ? fdopendir(listed) : NULL;
	if (entries == NULL) {
		fd_close(&listed);
		return false;
	}
	bool good = true;
	for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			good = entry_remove(removal, fd, entry->d_name, depth) && good;
	}
	int kept = errno;
	closedir(entries);
	errno = kept;
	return good;
}

bool folder_remove(const char *path)
{
	struct stat info;
	if (chmod(path, 0700) < 0 && errno == ENOENT)
		return rmdir(path) == 0;
	FD_AUTO top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top < 0 || fstat(top, &info) < 0)
		return false;
	struct removal removal = {.top = top, .device = info.st_dev};
	unsigned before;
	bool good;
	do {
		before = removal.moved;
		good = entries_remove(&removal, top, 0);
	} while (before != removal.moved);
	return good && rmdir(path) == 0;
}
