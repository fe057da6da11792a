#include "gradebook/book.h"

#include "gradebook/schema.h"
#include "gradebook/sql.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long one process waits for another's transaction; none of them lasts longer than writing one submission's run. */
enum { BUSY_MS = 120000 };
/* The file's header (sqlite.org/fileformat2.html, section 1.3). */
enum { HEADER_BYTES = 100, HEADER_USER_VERSION = 60, HEADER_APPLICATION = 68 };

static uint32_t big_endian(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* 1: a gradebook by its header; 0: no such file; -1 with `diags`: something else, which is not even opened as a database. */
static int header_check(const char *path, struct diags *diags)
{
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 0;
	struct stat info;
	unsigned char header[HEADER_BYTES];
	if (fd < 0 || fstat(fd, &info) < 0) {
		diags_errno(diags, "the gradebook %s", path);
		return -1;
	}
	if (!S_ISREG(info.st_mode) || !fd_read_all(fd, header, sizeof(header)) ||
	    memcmp(header, "SQLite format 3", 16) != 0 || big_endian(header + HEADER_APPLICATION) != BOOK_APPLICATION) {
		diags_error(diags, "%s is not a gradebook; it was left as it is", path);
		return -1;
	}
	uint32_t format = big_endian(header + HEADER_USER_VERSION);
	if (format > BOOK_FORMAT) {
		diags_error(diags, "%s was written by a newer grader (format %u; this one knows %d); it was left as it is",
		            path, format, BOOK_FORMAT);
		return -1;
	}
	return 1;
}

static bool simple(sqlite3 *database, const char *sql)
{
	return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Steps from `format` on, all in one transaction. */
static bool migrate(sqlite3 *database, int format)
{
	if (format == BOOK_FORMAT)
		return true;
	bool good = simple(database, "BEGIN IMMEDIATE");
	for (int at = format; good && at < BOOK_FORMAT; at++)
		good = simple(database, migrations[at]);
	char version[64];
	snprintf(version, sizeof(version), "PRAGMA user_version = %d; COMMIT", BOOK_FORMAT);
	return good && simple(database, version);
}

static bool fill(const char *path, struct diags *diags)
{
	sqlite3 *database = NULL;
	char application[64];
	snprintf(application, sizeof(application), "PRAGMA application_id = %d", BOOK_APPLICATION);
	bool good = sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	            simple(database, "PRAGMA page_size = 8192; PRAGMA synchronous = FULL") &&
	            simple(database, application) && migrate(database, 0) && simple(database, "PRAGMA journal_mode = WAL");
	if (!good)
		diags_error(diags, "making the gradebook %s: %s", path, sqlite3_errmsg(database));
	return sqlite3_close(database) == SQLITE_OK && good;
}

/* What SQLite had beside a database when its process was killed. */
static void companions_remove(const char *path)
{
	static const char *const endings[] = {"-journal", "-wal", "-shm"};
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		TEXT_AUTO name = {0};
		text_printf(&name, "%s%s", path, endings[i]);
		unlink(text_string(&name));
	}
}

/* A new book is made under another name: what stands under `path` is whole.  That name is always the same and is held by
 * a lock while the book is made, so that what a killed process left of it is taken over. */
static bool create(const char *path, struct diags *diags)
{
	TEXT_AUTO temporary = {0};
	text_printf(&temporary, "%s.new", path);
	const char *made = text_string(&temporary);
	FD_AUTO fd = open(made, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return diags_errno(diags, "making the gradebook %s", path);
	struct stat mine, there;
	bool held = fstat(fd, &mine) == 0 && stat(made, &there) == 0 && mine.st_ino == there.st_ino;
	bool done = access(path, F_OK) == 0;
	/* With a second name it may be somebody's book by now. */
	if (held && (done || mine.st_nlink > 1))
		unlink(made);
	if (done)
		return true;
	/* Whoever had the lock before failed, and took the name away. */
	if (!held || mine.st_nlink > 1)
		return create(path, diags);
	companions_remove(made);
	bool good = (ftruncate(fd, 0) == 0 || diags_errno(diags, "making the gradebook %s", path)) && fill(made, diags);
	if (good && fsync(fd) < 0)
		good = diags_errno(diags, "making the gradebook %s", path);
	/* Where the book is there by now, that one is as good.  Some file systems of networks only know link(2). */
	if (good && renameat2(AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) < 0 && errno != EEXIST &&
	    (errno != EINVAL || (link(made, path) < 0 && errno != EEXIST)))
		good = diags_errno(diags, "making the gradebook %s", path);
	companions_remove(made);
	unlink(made);
	return good;
}

/* Tables whose bytes carry no checksum of their own; the others are checked as they are read. */
static bool look_over(struct book *book, struct diags *diags)
{
	static const char *const tables[] = {"courses", "students", "identities", "assignments", "submissions",
	                                     "results", "batches",  "outbox",     "audit"};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		TEXT_AUTO sql = {0};
		text_printf(&sql, "PRAGMA quick_check(%s)", tables[i]);
		STATEMENT_AUTO statement = book_query(book, diags, text_string(&sql), "");
		if (book_step(book, statement, diags) != 1)
			return diags_error(diags, "%s is damaged; it was left as it is", book->path);
		const void *said = sqlite3_column_text(statement, 0);
		if (said == NULL || strcmp(said, "ok") != 0)
			return diags_error(diags, "%s is damaged (%.200s); it was left as it is", book->path,
			                   said != NULL ? (const char *)said : "no memory");
	}
	return true;
}

static bool user_version(struct book *book, int *format, struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(book, diags, "PRAGMA user_version", "");
	if (book_step(book, statement, diags) != 1)
		return false;
	*format = sqlite3_column_int(statement, 0);
	if (*format >= 1 && *format <= BOOK_FORMAT)
		return true;
	return diags_error(diags, "%s has format %d; this grader knows 1 to %d; it was left as it is", book->path, *format,
	                   BOOK_FORMAT);
}

static bool open_as(struct book *book, int flags, struct diags *diags)
{
	if (sqlite3_open_v2(book->path, &book->database, flags, NULL) != SQLITE_OK)
		return book_error(book, diags, "opening");
	sqlite3_busy_timeout(book->database, BUSY_MS);
	sqlite3_extended_result_codes(book->database, 0);
	/* What a damaged or hostile file could make SQLite do beyond reading tables is switched off. */
	sqlite3_db_config(book->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(book->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return true;
}

static bool open_checked(struct book *book, enum book_access access, struct diags *diags)
{
	int format = 0;
	if (access != BOOK_AGAIN) {
		if (!open_as(book, SQLITE_OPEN_READONLY, diags) || !user_version(book, &format, diags) ||
		    !look_over(book, diags))
			return false;
		if (access == BOOK_READ && format < BOOK_FORMAT)
			return diags_error(diags, "%s has the older format %d; a command that writes to it brings it up to date",
			                   book->path, format);
		if (access == BOOK_READ)
			return true;
		database_close(book->database);
		book->database = NULL;
	}
	if (!open_as(book, SQLITE_OPEN_READWRITE, diags) || !user_version(book, &format, diags))
		return false;
	if (!simple(book->database, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON") ||
	    !migrate(book->database, format))
		return book_error(book, diags, "opening");
	return true;
}

struct book *book_open(const char *path, enum book_access access, const char *who, struct diags *diags)
{
	int there = header_check(path, diags);
	if (there < 0 || (there == 0 && access == BOOK_CREATE && !create(path, diags)))
		return NULL;
	if (there == 0 && access != BOOK_CREATE) {
		diags_error(diags, "there is no gradebook %s; `grader batch … --book FILE` makes one", path);
		return NULL;
	}
	struct book *book = calloc(1, sizeof(*book));
	if (book == NULL)
		abort();
	book->path = strdup(path);
	book->who = who != NULL ? strdup(who) : NULL;
	if (book->path != NULL && open_checked(book, access, diags))
		return book;
	book_close(book);
	return NULL;
}

void book_close(struct book *book)
{
	if (book == NULL)
		return;
	database_close(book->database);
	arena_destroy(book->form_arena);
	free(book->path);
	free(book->who);
	free(book);
}

const char *book_path(const struct book *book)
{
	return book->path;
}
