#include "intake/gather.h"

#include "intake/unpack.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *shown(const struct gathering *gathering, const char *path)
{
	TEXT_AUTO text = {0};
	text_escaped(&text, path, strlen(path), 200, true);
	return arena_string(gathering->arena, text_string(&text));
}

static bool file_gather(struct gathering *gathering, int from, const char *at, mode_t given)
{
	if (++gathering->files > unpack_student.entries)
		return diags_error(gathering->diags, "there are more than %zu files", unpack_student.entries);
	mode_t mode = (given & 0111) != 0 ? 0755 : 0644;
	FD_AUTO to = openat(gathering->into, at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (to < 0 || fchmod(to, mode) < 0)
		return diags_errno(gathering->diags, "copying %s", shown(gathering, at));
	for (;;) {
		char chunk[65536];
		ssize_t count = read(from, chunk, sizeof(chunk));
		if (count < 0 && errno == EINTR)
			continue;
		if (count == 0)
			return true;
		if (count < 0 || !fd_write_all(to, chunk, (size_t)count))
			return diags_errno(gathering->diags, "copying %s", shown(gathering, at));
		gathering->bytes += (size_t)count;
		if (gathering->bytes > unpack_student.bytes)
			return diags_error(gathering->diags, "the files are larger than %llu MiB",
			                   (unsigned long long)(unpack_student.bytes >> 20));
	}
}

static bool folder_gather(struct gathering *gathering, int from, const char *at, unsigned depth)
{
	int copy = dup(from);
	DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
	if (folder == NULL)
		return diags_errno(gathering->diags, "%s", shown(gathering, at));
	bool good = true;
	for (struct dirent *entry; good && (entry = readdir(folder)) != NULL;) {
		enum litter litter = entry_litter(entry->d_name);
		gathering->macos = gathering->macos || litter == LITTER_MACOS;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || litter != LITTER_NONE)
			continue;
		const char *inside = *at == '\0' ? entry->d_name : arena_printf(gathering->arena, "%s/%s", at, entry->d_name);
		good = gather(gathering, from, entry->d_name, inside, depth + 1);
	}
	closedir(folder);
	return good;
}

bool gather(struct gathering *gathering, int parent, const char *path, const char *at, unsigned depth)
{
	struct stat info;
	FD_AUTO from = openat(parent, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (from < 0 && errno == ELOOP)
		return diags_error(gathering->diags, "%s is a link; hand in the file itself", shown(gathering, at));
	if (from < 0 && errno == ENXIO)
		return diags_error(gathering->diags, "%s is neither a file nor a folder", shown(gathering, at));
	if (from < 0 || fstat(from, &info) < 0)
		return diags_errno(gathering->diags, "%s", shown(gathering, at));
	if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
		return diags_error(gathering->diags, "%s is neither a file nor a folder", shown(gathering, at));
	if (*at != '\0') {
		const char *plain = entry_plain(at, strlen(at), unpack_student.depth, gathering->arena, gathering->diags);
		if (plain == NULL || !entries_add(&gathering->names, plain, S_ISDIR(info.st_mode), gathering->diags))
			return false;
	}
	if (S_ISREG(info.st_mode))
		return file_gather(gathering, from, at, info.st_mode);
	if (*at != '\0' && mkdirat(gathering->into, at, 0755) < 0 && errno != EEXIST)
		return diags_errno(gathering->diags, "copying %s", shown(gathering, at));
	if (depth > unpack_student.depth)
		return diags_error(gathering->diags, "%s lies too deep in folders", shown(gathering, at));
	return folder_gather(gathering, from, at, depth);
}
