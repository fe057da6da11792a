#include "intake/unpack.h"

#include "intake/cp437.h"
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECORDS_BUFFER = 1 << 16 };
#define STUDENT_BYTES ((uint64_t)256 << 20)
const struct unpack_limits unpack_student = {5000, STUDENT_BYTES, 100, 32, UINT64_MAX};
const struct unpack_limits unpack_class = {500000, (uint64_t)32 << 30, 100, 40, STUDENT_BYTES};

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
	bool dropped; /* nor do they count */
	uint64_t counted; /* bytes of the last entry among `bytes` */
	int64_t size, reached; /* of the file being written: as promised, and how far it is */
	struct unpack_told *told; /* NULL: of no interest */
};

static bool many_people(const struct pass *pass)
{
	return pass->told != NULL && pass->told->arena != NULL;
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

/* One among many people's entries is left out and listed; any other refuses the archive. */
static bool left_out(struct pass *pass, const char *path, const char *why)
{
	struct unpack_told *told = pass->told;
	if (!many_people(pass))
		return diags_error(pass->diags, "%s", why);
	pass->dropped = true;
	pass->bytes -= pass->counted;
	pass->counted = 0;
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	told->refused = arena_grow(told->arena, told->refused, &told->capacity, told->count + 1, sizeof(*told->refused));
	told->refused[told->count++] =
		(struct unpack_refused){arena_string(told->arena, path), arena_string(told->arena, why)};
	return true;
}

/* Whoever's an entry is that was left out has to be seen to be there: its folders as far as their names are plain, and
 * something empty in its place; a link's is a folder, for a student's own folder may be one. */
static void place_keep(const struct pass *pass, const char *name, size_t length, bool folder)
{
	struct diags ignored;
	diags_init(&ignored, pass->arena);
	for (bool whole = true; pass->into >= 0 && length > 0; whole = false) {
		const char *path = entry_plain(name, length, pass->limits->depth, pass->arena, &ignored);
		if (path != NULL && *path != '\0') {
			struct diags failed;
			struct pass quiet = *pass;
			diags_init(&failed, pass->arena);
			quiet.diags = &failed;
			if (folders_make(&quiet, path, folder || !whole) && whole && !folder) {
				FD_AUTO file = openat(pass->into, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
			}
			return;
		}
		while (length > 0 && name[length - 1] != '/')
			length--;
		while (length > 0 && name[length - 1] == '/')
			length--;
	}
}

/* What was written of the last entry goes. */
static bool entry_empty(struct pass *pass)
{
	return pass->file < 0 || ftruncate(pass->file, 0) == 0 ||
	       diags_errno(pass->diags, "writing %s", shown(pass, pass->path, strlen(pass->path)));
}

/* Among many people's files a small one is never what makes an archive unpack to so much. */
#define INNOCENT_BYTES ((uint64_t)1 << 20)

/* Whether `total` bytes, promised or there, may come out of the archive; `own` of them are the last entry's, which is left
 * out when it is to blame. */
static bool bytes_allowed(struct pass *pass, uint64_t total, uint64_t own)
{
	if (total > pass->limits->bytes)
		return diags_error(pass->diags, "it unpacks to more than %" PRIu64 " MiB", pass->limits->bytes >> 20);
	if (total <= UNPACK_FREE_BYTES || total / pass->limits->ratio <= pass->packed)
		return true;
	if (!many_people(pass))
		return diags_error(pass->diags, "it unpacks to more than %" PRIu64 " times its own size: this is no homework",
		                   pass->limits->ratio);
	if (own <= INNOCENT_BYTES)
		return true;
	return entry_empty(pass) &&
	       left_out(pass, pass->path,
	                arena_printf(pass->arena,
	                             "%s unpacks to so much that all of the archive is more than %" PRIu64
	                             " times its own size: this is no homework",
	                             shown(pass, pass->path, strlen(pass->path)), pass->limits->ratio));
}

/* The plain path of an entry that may be taken; NULL with `diags`. */
static const char *entry_allowed(struct pass *pass, const struct unpack_record *record, const char *name, size_t length,
                                 struct diags *diags)
{
	const char *path = entry_plain(name, length, pass->limits->depth, pass->arena, diags), *trouble = NULL;
	if (path == NULL || *path == '\0' || entry_litter(path) != LITTER_NONE)
		return path;
	if (record->encrypted != 0)
		trouble = "is encrypted; hand it in without a password";
	else if (record->type == UNPACK_LINK)
		trouble = "is a link; hand in the file itself";
	else if (record->type == UNPACK_OTHER)
		trouble = "is neither a file nor a folder";
	else if (record->size > 0 && (uint64_t)record->size > pass->limits->one)
		trouble = "is larger than all that one student may hand in";
	if (trouble != NULL)
		diags_error(diags, "%s %s", shown(pass, path, strlen(path)), trouble);
	else if (entries_add(&pass->names, path, record->type == UNPACK_FOLDER, diags))
		return path;
	return NULL;
}

/* The last file is whole: one of holes may end in one. */
static bool file_end(struct pass *pass)
{
	bool good = pass->file < 0 || pass->dropped || pass->reached >= pass->size ||
	            ftruncate(pass->file, pass->size) == 0 ||
	            diags_errno(pass->diags, "writing %s", shown(pass, pass->path, strlen(pass->path)));
	fd_close(&pass->file);
	return good;
}

static bool file_begin(struct pass *pass, const char *path, const struct unpack_record *record)
{
	mode_t mode = record->executable != 0 ? 0755 : 0644;
	pass->file = openat(pass->into, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (pass->file < 0 && errno == EEXIST)
		return diags_error(pass->diags, "%s is there twice", shown(pass, path, strlen(path)));
	pass->size = record->size;
	pass->reached = 0;
	return (pass->file >= 0 && fchmod(pass->file, mode) == 0) ||
	       diags_errno(pass->diags, "writing %s", shown(pass, path, strlen(path)));
}

/* The second pass over an archive that the first has found cut off. */
static void order_note(struct pass *pass)
{
	struct unpack_told *told = pass->told;
	if (!many_people(pass) || told->cut == NULL)
		return;
	told->order =
		arena_grow(told->arena, told->order, &told->order_capacity, told->order_count + 1, sizeof(*told->order));
	told->order[told->order_count++] = arena_string(told->arena, pass->path);
}

static bool entry_take(struct pass *pass, const struct unpack_record *record, const char *given)
{
	struct diags own;
	if (!file_end(pass))
		return false;
	pass->skip = true;
	pass->dropped = false;
	pass->counted = 0;
	pass->path = "";
	/* A zip whose names are not marked as UTF-8 has them in code page 437 (APPNOTE.TXT, appendix D). */
	const char *name = record->zip != 0 ? cp437_decoded(given, record->length, pass->arena) : NULL;
	size_t length = name != NULL ? strlen(name) : record->length;
	if (name == NULL)
		name = given;
	diags_init(&own, pass->arena);
	const char *path = entry_allowed(pass, record, name, length, &own);
	enum litter litter = path != NULL ? entry_litter(path) : LITTER_NONE;
	if (pass->told != NULL)
		pass->told->macos = pass->told->macos || litter == LITTER_MACOS;
	if (litter != LITTER_NONE)
		return true;
	if (++pass->entries > pass->limits->entries)
		return diags_error(pass->diags, "it has more than %zu entries", pass->limits->entries);
	if (path == NULL) {
		if (many_people(pass))
			place_keep(pass, name, length, record->type == UNPACK_LINK);
		return left_out(pass, name, own.list[0].message);
	}
	if (*path == '\0')
		return true;
	pass->path = path;
	order_note(pass);
	if (record->size > 0 && !bytes_allowed(pass, pass->bytes + (uint64_t)record->size, (uint64_t)record->size))
		return false;
	if (pass->dropped) {
		place_keep(pass, path, strlen(path), false);
		return true;
	}
	bool folder = record->type == UNPACK_FOLDER;
	pass->skip = folder;
	return pass->into < 0 || (folders_make(pass, path, folder) && (folder || file_begin(pass, path, record)));
}

static bool data_take(struct pass *pass, const struct unpack_record *record, const char *bytes)
{
	if (pass->dropped)
		return true;
	if (pass->skip) {
		pass->bytes += record->length;
		return bytes_allowed(pass, pass->bytes, 0);
	}
	/* A hole of a sparse file counts as what it would become. */
	if (record->offset < 0 || (uint64_t)record->offset > pass->limits->bytes)
		return diags_error(pass->diags, "%s has a hole of many bytes", shown(pass, pass->path, strlen(pass->path)));
	if ((uint64_t)record->offset + record->length > pass->limits->one) {
		return entry_empty(pass) &&
		       left_out(pass, pass->path,
		                arena_printf(pass->arena, "%s is larger than all that one student may hand in",
		                             shown(pass, pass->path, strlen(pass->path))));
	}
	uint64_t reached = (uint64_t)record->offset + record->length;
	pass->bytes += record->length;
	pass->counted += record->length;
	if (!bytes_allowed(pass, pass->bytes, pass->counted) || (!pass->dropped && !bytes_allowed(pass, reached, reached)))
		return false;
	if (pass->dropped || pass->file < 0)
		return true;
	if (lseek(pass->file, record->offset, SEEK_SET) < 0 || !fd_write_all(pass->file, bytes, record->length))
		return diags_errno(pass->diags, "writing %s", shown(pass, pass->path, strlen(pass->path)));
	pass->reached = (int64_t)reached;
	return true;
}

/* The last entry's data are damaged. */
static bool entry_spoil(struct pass *pass, const char *words, size_t length)
{
	if (pass->dropped || pass->skip)
		return true;
	return entry_empty(pass) &&
	       left_out(pass, pass->path,
	                arena_printf(pass->arena, "%s is damaged: %s", shown(pass, pass->path, strlen(pass->path)),
	                             shown(pass, words, length)));
}

/* Reading came to an end before the archive did.  Of many people's files those that came before are taken. */
static bool cut_take(struct pass *pass, const struct unpack_record *record, const char *words)
{
	if (!many_people(pass) || pass->names.count == 0)
		return diags_error(pass->diags, "it cannot be read: %s", shown(pass, words, record->length));
	pass->told->cut = arena_string(pass->told->arena, shown(pass, words, record->length));
	return record->type != UNPACK_WITHIN || entry_empty(pass);
}

/* Takes records until the last one.  False with `diags`. */
static bool records_take(struct pass *pass, FILE *records)
{
	TEXT_AUTO bytes = {0};
	for (;;) {
		struct unpack_record record;
		char chunk[65537];
		if (fread(&record, sizeof(record), 1, records) != 1 || record.length >= sizeof(chunk) ||
		    fread(chunk, 1, record.length, records) != record.length)
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
		case UNPACK_BROKEN:
			if (!entry_spoil(pass, chunk, record.length))
				return false;
			break;
		case UNPACK_END:
			return file_end(pass);
		default:
			return cut_take(pass, &record, chunk);
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
	FILE *records = fdopen(ends[0], "r");
	if (records != NULL)
		setvbuf(records, NULL, _IOFBF, RECORDS_BUFFER);
	bool good = child > 0 && records != NULL ? records_take(pass, records) : diags_errno(pass->diags, "fork");
	if (records != NULL)
		fclose(records);
	else
		fd_close(&ends[0]);
	fd_close(&pass->file);
	if (child > 0) {
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	return good;
}

bool unpack(const char *archive, const char *into, const struct unpack_limits *limits, struct unpack_told *told,
            struct diags *diags)
{
	struct arena *arena = arena_create();
	/* The second pass meets what the first has told. */
	struct unpack_told again = {.arena = told != NULL ? told->arena : NULL};
	struct pass look = {.limits = limits, .arena = arena, .diags = diags, .into = -1, .file = -1, .told = told};
	FD_AUTO folder = open(into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	look.names = (struct entries){.arena = arena, .exact = again.arena != NULL};
	bool good = folder >= 0 ? pass_run(&look, archive) : diags_errno(diags, "%s", into);
	if (good) {
		struct pass write = look;
		write.names = (struct entries){.arena = arena, .exact = again.arena != NULL};
		write.into = folder;
		write.entries = 0;
		write.bytes = 0;
		again.cut = look.told != NULL ? look.told->cut : NULL;
		write.told = &again;
		good = pass_run(&write, archive);
		if (told != NULL) {
			told->order = again.order;
			told->order_count = again.order_count;
		}
	}
	arena_destroy(arena);
	return good;
}
