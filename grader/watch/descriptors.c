#include "watch/descriptors.h"

#include "base/fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PATH_LENGTH = 64 };
/* How the link of such a descriptor begins, ahead of the inode. */
#define SOCKET "socket:["
#define PIPE "pipe:["

/* Written by hand: this is on the path of every followed call. */
static char *put_number(char *at, unsigned number)
{
	char digits[12];
	size_t count = 0;
	do
		digits[count++] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	while (count > 0)
		*at++ = digits[--count];
	return at;
}

static const char *descriptor_path(char into[static PATH_LENGTH], pid_t tid, int descriptor)
{
	char *at = into;
	memcpy(at, "/proc/", 6);
	at = put_number(at + 6, (unsigned)tid);
	memcpy(at, "/fd/", 4);
	at = put_number(at + 4, (unsigned)descriptor);
	*at = '\0';
	return into;
}

static uint64_t inode_of(const char *link, const char *prefix)
{
	size_t length = strlen(prefix);
	return strncmp(link, prefix, length) == 0 ? strtoull(link + length, NULL, 10) : 0;
}

static uint64_t inode_behind(int folder, const char *name, const char *prefix)
{
	char link[64];
	ssize_t length = readlinkat(folder, name, link, sizeof(link) - 1);
	if (length < 0)
		return 0;
	link[length] = '\0';
	return inode_of(link, prefix);
}

static uint64_t descriptor_inode(pid_t tid, int descriptor, const char *prefix)
{
	char path[PATH_LENGTH];
	return descriptor >= 0 ? inode_behind(AT_FDCWD, descriptor_path(path, tid, descriptor), prefix) : 0;
}

uint64_t descriptor_socket(pid_t tid, int descriptor)
{
	return descriptor_inode(tid, descriptor, SOCKET);
}

uint64_t descriptor_pipe(pid_t tid, int descriptor)
{
	return descriptor_inode(tid, descriptor, PIPE);
}

bool descriptor_protocol(pid_t tid, int descriptor, char into[static PROTOCOL_LENGTH])
{
	if (descriptor < 0)
		return false;
	char path[PATH_LENGTH];
	ssize_t length =
		getxattr(descriptor_path(path, tid, descriptor), "system.sockprotoname", into, PROTOCOL_LENGTH - 1);
	if (length <= 0)
		return false;
	into[length] = '\0';
	return true;
}

bool descriptors_each(pid_t tid, bool (*each)(void *context, int descriptor, uint64_t socket), void *context)
{
	char path[PATH_LENGTH];
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)tid);
	DIR *folder = opendir(path);
	if (folder == NULL)
		return false;
	bool more = true;
	for (const struct dirent *entry; more && (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		int descriptor = (int)strtol(entry->d_name, NULL, 10);
		more = each(context, descriptor, inode_behind(dirfd(folder), entry->d_name, SOCKET));
	}
	closedir(folder);
	return true;
}

int descriptor_flags(pid_t tid, int descriptor)
{
	char text[128];
	snprintf(text, sizeof(text), "/proc/%d/fdinfo/%d", (int)tid, descriptor);
	FD_AUTO file = open(text, O_RDONLY | O_CLOEXEC);
	ssize_t count = file >= 0 ? read(file, text, sizeof(text) - 1) : -1;
	if (count <= 0)
		return 0;
	text[count] = '\0';
	const char *flags = strstr(text, "flags:");
	return flags != NULL ? (int)strtol(flags + strlen("flags:"), NULL, 8) : 0;
}
