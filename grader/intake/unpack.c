#include "intake/unpack.h"

#include "intake/entries.h"
#include "intake/unpack_child.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/module.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const struct unpack_limits unpack_student = {5000, (uint64_t)256 << 20, 100, 32};
const struct unpack_limits unpack_class = {500000, (uint64_t)32 << 30, 100, 40};

/* One pass over an archive. */
struct pass {
	const struct unpack_limits *limits;
	struct arena *arena;
	struct diags *diags;
	struct entries names;
	int into; /* -1: only look */
	int file; /* the one being written; -1 */
	size_t entries;
	uint64_t bytes, packed;
	const char *path; /* of the last entry */
	bool skip; /* its data are of no interest */
	bool macos; /* litter of macOS was passed over */
};

bool unpack_is_archive(const char *name)
{
	static const char *const ends[] = {".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2"};
	size_t length = strlen(name);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);
		if (length > end && strcasecmp(name + length - end, ends[i]) == 0)
			return true;
	}
	return false;
}

static const char *shown(const struct pass *pass, const char *path, size_t length)
{
	TEXT_AUTO text = {0};
	text_escaped(&text, path, length, 200, true);
	return arena_string(pass->arena, text_string(&text));
}

static bool folders_make(const struct pass *pass, const char *path, bool itself)
{
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		if (mkdirat(pass->into, arena_copy(pass->arena, path, (size_t)(slash - path)), 0755) < 0 && errno != EEXIST)
			return diags_errno(pass->diags, "making a folder for %s", shown(pass, path, strlen(path)));
	}
	if (itself && mkdirat(pass->into, path, 0755) < 0 && errno != EEXIST)
		return diags_errno(pass->diags, "making %s", shown(pass, path, strlen(path)));
	return true;
}

/* Counts the bytes of a file, promised or there. */
static bool bytes_count(struct pass *pass, uint64_t total)
{
	if (total > pass->limits->bytes)
		return diags_error(pass->diags, "it unpacks to more than %" PRIu64 " MiB", pass->limits->bytes >> 20);
	if (total > UNPACK_FREE_BYTES && total / pass->limits->ratio > pass->packed)
		return diags_error(pass->diags, "it unpacks to more than %" PRIu64 " times its own size: this is no homework",
		                   pass->limits->ratio);
	return true;
}

static bool entry_take(struct pass *pass, const struct unpack_record *record, const char *given)
{
	fd_close(&pass->file);
	pass->skip = true;
	if (++pass->entries > pass->limits->entries)
		return diags_error(pass->diags, "it has more than %zu entries", pass->limits->entries);
	if (record->encrypted != 0)
		return diags_error(pass->diags, "%s is encrypted; hand it in without a password",
		                   shown(pass, given, record->length));
	const char *path = entry_plain(given, record->length, pass->limits->depth, pass->arena, pass->diags);
	if (path == NULL)
		return false;
	enum litter litter = entry_litter(path);
	pass->macos = pass->macos || litter == LITTER_MACOS;
	if (*path == '\0' || litter != LITTER_NONE)
		return true;
	if (record->type == UNPACK_LINK)
		return diags_error(pass->diags, "%s is a link; hand in the file itself", shown(pass, path, strlen(path)));
	if (record->type == UNPACK_OTHER)
		return diags_error(pass->diags, "%s is neither a file nor a folder", shown(pass, path, strlen(path)));
	if (!entries_add(&pass->names, path, record->type == UNPACK_FOLDER, pass->diags))
		return false;
	if (record->size > 0 && !bytes_count(pass, pass->bytes + (uint64_t)record->size))
		return false;
	pass->path = path;
	pass->skip = record->type == UNPACK_FOLDER;
	if (pass->into < 0)
		return true;
	if (!folders_make(pass, path, record->type == UNPACK_FOLDER))
		return false;
	if (record->type == UNPACK_FOLDER)
		return true;
	mode_t mode = record->executable != 0 ? 0755 : 0644;
	pass->file = openat(pass->into, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (pass->file < 0 || fchmod(pass->file, mode) < 0)
		return diags_errno(pass->diags, "writing %s", shown(pass, path, strlen(path)));
	return true;
}

static bool data_take(struct pass *pass, const struct unpack_record *record, const char *bytes)
{
	if (pass->skip)
		return bytes_count(pass, pass->bytes += record->length);
	/* A hole of a sparse file counts as what it would become. */
	if (record->offset < 0 || (uint64_t)record->offset > pass->limits->bytes)
		return diags_error(pass->diags, "%s has a hole of many bytes", shown(pass, pass->path, strlen(pass->path)));
	pass->bytes += record->length;
	if (!bytes_count(pass, pass->bytes) || !bytes_count(pass, (uint64_t)record->offset + record->length))
		return false;
	if (pass->file < 0)
		return true;
	if (lseek(pass->file, record->offset, SEEK_SET) < 0 || !fd_write_all(pass->file, bytes, record->length))
		return diags_errno(pass->diags, "writing %s", shown(pass, pass->path, strlen(pass->path)));
	return true;
}

/* Takes records until the last one.  False with `diags`. */
static bool records_take(struct pass *pass, int pipe)
{
	TEXT_AUTO bytes = {0};
	for (;;) {
		struct unpack_record record;
		char chunk[65537];
		if (!fd_read_all(pipe, &record, sizeof(record)) || record.length >= sizeof(chunk) ||
		    !fd_read_all(pipe, chunk, record.length))
			return diags_error(pass->diags, "reading it took too much time or memory");
		chunk[record.length] = '\0';
		switch (record.kind) {
		case UNPACK_ENTRY:
			if (!entry_take(pass, &record, chunk))
				return false;
			break;
		case UNPACK_DATA:
			if (!data_take(pass, &record, chunk))
				return false;
			break;
		case UNPACK_DOUBLE: {
			size_t listed = strlen(chunk);
			size_t there = listed < record.length ? listed + 1 : listed;
			return diags_error(pass->diags, "it calls a file %s in its list and %s where the file lies",
			                   shown(pass, chunk, listed), shown(pass, chunk + there, record.length - there));
		}
		case UNPACK_END:
			return true;
		default:
			return diags_error(pass->diags, "it cannot be read: %s", shown(pass, chunk, record.length));
		}
	}
}

/* In a process of its own, for which the archive may be anything. */
static _Noreturn void read_here(struct pass *pass, int archive, int pipe)
{
	struct diags diags;
	diags_init(&diags, pass->arena);
	signal(SIGPIPE, SIG_DFL);
	const struct unpack_child *child = module_table("unpack", "unpack_child", &diags);
	if (child != NULL)
		child->main(archive, pipe);
	const char *why = diags.count > 0 ? diags.list[0].message : "its reader has come back";
	struct unpack_record record = {.kind = UNPACK_TROUBLE, .length = (uint32_t)strnlen(why, 300)};
	if (fd_write_all(pipe, &record, sizeof(record)))
		fd_write_all(pipe, why, record.length);
	_exit(EXIT_FAILURE);
}

static bool pass_run(struct pass *pass, const char *archive)
{
	FD_AUTO fd = open(archive, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return diags_errno(pass->diags, "%s", archive);
	if (!S_ISREG(info.st_mode))
		return diags_error(pass->diags, "it is no file");
	pass->packed = (uint64_t)info.st_size + 1;
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return diags_errno(pass->diags, "pipe2");
	pid_t child = fork();
	if (child == 0)
		read_here(pass, fd, ends[1]);
	fd_close(&ends[1]);
	bool good = child > 0 ? records_take(pass, ends[0]) : diags_errno(pass->diags, "fork");
	fd_close(&ends[0]);
	fd_close(&pass->file);
	if (child > 0) {
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	return good;
}

bool unpack(const char *archive, const char *into, const struct unpack_limits *limits, bool *macos, struct diags *diags)
{
	struct arena *arena = arena_create();
	struct pass look = {.limits = limits, .arena = arena, .diags = diags, .names.arena = arena, .into = -1, .file = -1};
	FD_AUTO folder = open(into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = folder >= 0 ? pass_run(&look, archive) : diags_errno(diags, "%s", into);
	if (good) {
		struct pass write = {
			.limits = limits, .arena = arena, .diags = diags, .names.arena = arena, .into = folder, .file = -1};
		good = pass_run(&write, archive);
	}
	if (macos != NULL && look.macos)
		*macos = true;
	arena_destroy(arena);
	return good;
}
