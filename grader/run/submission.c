#include "run/submission.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct copying {
	struct arena *arena;
	struct diags *diags;
	struct sha256 *hash;
	size_t files, bytes;
	dev_t copy_device; /* of the copy's own top, which may lie inside what is copied */
	ino_t copy_inode;
};

static bool left_out(const char *name)
{
	static const char *const names[] = {".", "..", ".git", ".svn", ".hg", "__MACOSX", ".DS_Store"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static const char *shown(struct copying *copying, const char *path)
{
	TEXT_AUTO text = {0};
	text_escaped(&text, path, strlen(path), 200, false);
	return arena_string(copying->arena, text_string(&text));
}

static bool file_copy(struct copying *copying, int from, const char *path, int to_folder, const char *name)
{
	struct stat info;
	if (fstat(from, &info) < 0)
		return diags_errno(copying->diags, "%s", shown(copying, path));
	if (++copying->files > SUBMISSION_FILES)
		return diags_error(copying->diags, "the submission has more than %d files", SUBMISSION_FILES);
	mode_t mode = (info.st_mode & 0111) != 0 ? 0755 : 0644;
	FD_AUTO to = openat(to_folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (to < 0)
		return diags_errno(copying->diags, "copying %s", shown(copying, path));
	fchmod(to, mode);
	sha256_add(copying->hash, path, strlen(path) + 1);
	sha256_add(copying->hash, mode == 0755 ? "x" : "-", 1);
	for (;;) {
		char chunk[65536];
		ssize_t count = read(from, chunk, sizeof(chunk));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return diags_errno(copying->diags, "reading %s", shown(copying, path));
		if (count == 0)
			break;
		copying->bytes += (size_t)count;
		if (copying->bytes > SUBMISSION_BYTES)
			return diags_error(copying->diags, "the submission is larger than %zu MiB", SUBMISSION_BYTES >> 20);
		sha256_add(copying->hash, chunk, (size_t)count);
		if (!fd_write_all(to, chunk, (size_t)count))
			return diags_errno(copying->diags, "copying %s", shown(copying, path));
	}
	return true;
}

static bool folder_copy(struct copying *copying, int from, const char *path, int to, unsigned depth);

static bool entry_copy(struct copying *copying, int from, const char *name, const char *path, int to, unsigned depth)
{
	struct stat info;
	if (fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return diags_errno(copying->diags, "%s", shown(copying, path));
	if (S_ISLNK(info.st_mode))
		return diags_error(copying->diags, "%s is a symbolic link; hand in the file itself", shown(copying, path));
	if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
		return diags_error(copying->diags, "%s is neither a file nor a folder", shown(copying, path));
	if (info.st_dev == copying->copy_device && info.st_ino == copying->copy_inode)
		return true;
	int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (S_ISDIR(info.st_mode) ? O_DIRECTORY : 0);
	FD_AUTO entry = openat(from, name, flags);
	if (entry < 0)
		return diags_errno(copying->diags, "%s", shown(copying, path));
	if (S_ISREG(info.st_mode))
		return file_copy(copying, entry, path, to, name);
	if (mkdirat(to, name, 0755) < 0)
		return diags_errno(copying->diags, "copying %s", shown(copying, path));
	FD_AUTO inside = openat(to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return inside >= 0 && folder_copy(copying, entry, path, inside, depth + 1);
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool folder_copy(struct copying *copying, int from, const char *path, int to, unsigned depth)
{
	if (depth > SUBMISSION_DEPTH)
		return diags_error(copying->diags, "%s is nested deeper than %d folders", shown(copying, path),
		                   SUBMISSION_DEPTH);
	DIR *folder = fdopendir(dup(from));
	if (folder == NULL)
		return diags_errno(copying->diags, "%s", shown(copying, path));
	const char **names = NULL;
	size_t count = 0, capacity = 0;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (left_out(entry->d_name))
			continue;
		names = arena_grow(copying->arena, names, &capacity, count + 1, sizeof(char *));
		names[count++] = arena_string(copying->arena, entry->d_name);
		if (count > SUBMISSION_FILES)
			break;
	}
	closedir(folder);
	if (count > 1)
		qsort(names, count, sizeof(char *), name_order);
	for (size_t i = 0; i < count; i++) {
		const char *inside = path[0] == '\0' ? names[i] : arena_printf(copying->arena, "%s/%s", path, names[i]);
		if (!entry_copy(copying, from, names[i], inside, to, depth))
			return false;
	}
	return true;
}

static bool fallback_copy(struct copying *copying, const char *fallback, int to)
{
	if (fallback == NULL)
		return true;
	const char *path = arena_printf(copying->arena, "%s/Makefile", fallback);
	FD_AUTO from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0 || faccessat(to, "Makefile", F_OK, 0) == 0 || faccessat(to, "makefile", F_OK, 0) == 0 ||
	    faccessat(to, "GNUmakefile", F_OK, 0) == 0)
		return true;
	return file_copy(copying, from, "Makefile", to, "Makefile");
}

static const char *last_part(struct arena *arena, const char *path)
{
	char resolved[PATH_MAX];
	const char *whole = realpath(path, resolved) != NULL ? resolved : path;
	const char *slash = strrchr(whole, '/');
	return arena_string(arena, slash != NULL && slash[1] != '\0' ? slash + 1 : whole);
}

static bool everything_copy(struct copying *copying, const char *path, const char *fallback, int to)
{
	FD_AUTO from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	if (from < 0 || fstat(from, &info) < 0)
		return diags_errno(copying->diags, "%s", shown(copying, path));
	bool good;
	if (S_ISDIR(info.st_mode)) {
		good = folder_copy(copying, from, "", to, 0);
	} else if (S_ISREG(info.st_mode)) {
		const char *name = last_part(copying->arena, path);
		good = file_copy(copying, from, name, to, name);
	} else {
		return diags_error(copying->diags, "%s is neither a file nor a folder", shown(copying, path));
	}
	return good && fallback_copy(copying, fallback, to);
}

bool submission_copy(struct submission *submission, const char *path, const char *fallback, struct arena *arena,
                     struct diags *diags)
{
	*submission = (struct submission){.name = path != NULL ? last_part(arena, path) : "the reference"};
	const char *base = getenv("TMPDIR");
	char *folder = arena_printf(arena, "%s/grader-XXXXXX", base != NULL && base[0] == '/' ? base : "/tmp");
	if (mkdtemp(folder) == NULL)
		return diags_errno(diags, "a temporary folder %s", folder);
	submission->folder = folder;
	FD_AUTO to = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sha256 hash;
	sha256_begin(&hash);
	struct stat info = {0};
	if (to >= 0)
		fstat(to, &info);
	struct copying copying = {arena, diags, &hash, 0, 0, info.st_dev, info.st_ino};
	bool good = to >= 0 && (path == NULL || everything_copy(&copying, path, fallback, to));
	uint8_t digest[SHA256_BYTES];
	sha256_end(&hash, digest);
	sha256_hex(digest, submission->digest);
	if (!good)
		submission_release(submission);
	return good;
}

void submission_release(struct submission *submission)
{
	if (submission->folder != NULL)
		folder_remove(submission->folder);
	submission->folder = NULL;
}
