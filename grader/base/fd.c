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

static bool folder_empty(int parent, const char *name, dev_t device, unsigned depth);

static bool entry_remove(int folder, const char *name, dev_t device, unsigned depth)
{
	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return false;
	return folder_empty(folder, name, device, depth + 1) && unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

static bool folder_empty(int parent, const char *name, dev_t device, unsigned depth)
{
	if (depth > 512) {
		errno = ELOOP;
		return false;
	}
	if (fchmodat(parent, name, 0700, 0) < 0 && errno == ENOENT)
		return true;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat info;
	if (fd < 0)
		return false;
	if (fstat(fd, &info) < 0 || (device != 0 && info.st_dev != device)) {
		fd_close(&fd);
		errno = EXDEV;
		return false;
	}
	DIR *entries = fdopendir(fd);
	if (entries == NULL) {
		fd_close(&fd);
		return false;
	}
	bool good = true;
	for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			good = entry_remove(fd, entry->d_name, info.st_dev, depth) && good;
	}
	int kept = errno;
	closedir(entries);
	errno = kept;
	return good;
}

bool folder_remove(const char *path)
{
	return folder_empty(AT_FDCWD, path, 0, 0) && rmdir(path) == 0;
}
