#include "intake/unpack_child.h"
#include "intake/zip_names.h"

#include "base/cell.h"
#include "base/fd.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHILD_SECONDS = 120, CHILD_BLOCK = 65536 };

/* Records on their way: many small ones leave together. */
struct sender {
	int pipe;
	size_t used;
	char bytes[CHILD_BLOCK];
};

static void sender_flush(struct sender *sender)
{
	if (!fd_write_all(sender->pipe, sender->bytes, sender->used))
		_exit(EXIT_FAILURE);
	sender->used = 0;
}

static void sender_add(struct sender *sender, const void *bytes, size_t length)
{
	if (length > sizeof(sender->bytes) - sender->used)
		sender_flush(sender);
	if (length > sizeof(sender->bytes) && !fd_write_all(sender->pipe, bytes, length))
		_exit(EXIT_FAILURE);
	if (length > sizeof(sender->bytes))
		return;
	memcpy(sender->bytes + sender->used, bytes, length);
	sender->used += length;
}

static void send_record(struct sender *sender, const struct unpack_record *record, const void *bytes)
{
	sender_add(sender, record, sizeof(*record));
	sender_add(sender, bytes, record->length);
}

static _Noreturn void sender_end(struct sender *sender, int status)
{
	sender_flush(sender);
	_exit(status);
}

static void send_text(struct sender *sender, enum unpack_record_kind kind, enum unpack_place place, const char *text)
{
	struct unpack_record record = {.kind = kind, .type = place, .length = (uint32_t)strnlen(text, 300)};
	send_record(sender, &record, text);
}

static const char *words(struct archive *archive)
{
	const char *text = archive_error_string(archive);
	if (text != NULL && strcmp(text, "Unrecognized archive format") == 0)
		text = "it is neither a zip nor a tar archive";
	return text != NULL ? text : "it is damaged";
}

static _Noreturn void trouble(struct sender *sender, enum unpack_place place, const char *text)
{
	send_text(sender, UNPACK_TROUBLE, place, text);
	sender_end(sender, EXIT_FAILURE);
}

static void send_entry(struct sender *sender, struct archive_entry *entry, bool zip)
{
	const char *path = archive_entry_pathname(entry);
	if (path == NULL)
		path = archive_entry_pathname_utf8(entry);
	if (path == NULL)
		path = "";
	struct unpack_record record = {.kind = UNPACK_ENTRY, .length = (uint32_t)strnlen(path, 65536), .size = -1};
	record.type = UNPACK_OTHER;
	if (archive_entry_hardlink(entry) != NULL || archive_entry_filetype(entry) == AE_IFLNK)
		record.type = UNPACK_LINK;
	else if (archive_entry_filetype(entry) == AE_IFREG)
		record.type = UNPACK_FILE;
	else if (archive_entry_filetype(entry) == AE_IFDIR)
		record.type = UNPACK_FOLDER;
	if (archive_entry_size_is_set(entry))
		record.size = archive_entry_size(entry);
	record.encrypted = archive_entry_is_encrypted(entry) != 0;
	record.zip = zip;
	record.executable = (archive_entry_mode(entry) & 0111) != 0;
	send_record(sender, &record, path);
}

static void send_data(struct sender *sender, struct archive *archive)
{
	const void *bytes;
	size_t length;
	la_int64_t offset;
	int status;
	while ((status = archive_read_data_block(archive, &bytes, &length, &offset)) == ARCHIVE_OK) {
		struct unpack_record record = {.kind = UNPACK_DATA, .offset = offset};
		for (size_t at = 0; at < length; at += record.length) {
			record.length = (uint32_t)(length - at < CHILD_BLOCK ? length - at : CHILD_BLOCK);
			record.offset = offset + (la_int64_t)at;
			send_record(sender, &record, (const char *)bytes + at);
		}
	}
	if (status == ARCHIVE_FATAL)
		trouble(sender, UNPACK_WITHIN, words(archive));
	if (status != ARCHIVE_EOF)
		send_text(sender, UNPACK_BROKEN, UNPACK_WITHIN, words(archive));
}

/* A plain tar that was cut off between two entries looks whole to libarchive.  Its end is two blocks of zeros (pax(1),
 * ustar): they are missing when all of the file was read and does not end so.  A compressed one has an end of its own. */
static bool end_missing(struct archive *archive, int fd)
{
	enum { END = 1024 };
	char end[END];
	bool plain = archive_filter_code(archive, 0) == ARCHIVE_FILTER_NONE;
	off_t size = lseek(fd, 0, SEEK_END);
	if (!plain || (archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR || size < END ||
	    archive_filter_bytes(archive, 0) < size || lseek(fd, size - END, SEEK_SET) < 0 || !fd_read_all(fd, end, END))
		return false;
	for (size_t i = 0; i < END; i++) {
		if (end[i] != 0)
			return true;
	}
	return false;
}

/* Once it is known for a zip: what is a name there has to be one in all of it. */
static void names_check(struct sender *sender, int fd)
{
	enum { SHOWN = 1000 };
	static_assert(2 * SHOWN + 1 < CHILD_BLOCK, "one record");
	struct zip_difference difference;
	char both[2 * SHOWN + 1];
	if (!zip_names_differ(fd, &difference))
		return;
	size_t listed = difference.listed_length < SHOWN ? difference.listed_length : SHOWN;
	size_t there = difference.there_length < SHOWN ? difference.there_length : SHOWN;
	memcpy(both, difference.listed, listed);
	both[listed] = '\0';
	memcpy(both + listed + 1, difference.there, there);
	struct unpack_record record = {.kind = UNPACK_DOUBLE, .length = (uint32_t)(listed + 1 + there)};
	send_record(sender, &record, both);
	sender_end(sender, EXIT_FAILURE);
}

static _Noreturn void child_main(int fd, int pipe)
{
	/* With UTF-8 as the locale's encoding names need no conversion, for which files would have to be opened. */
	setlocale(LC_CTYPE, "C.UTF-8");
	/* Nor is the time zone looked up for each date of a zip. */
	setenv("TZ", "UTC0", 1);
	tzset();
	struct archive *archive = archive_read_new();
	if (archive == NULL)
		_exit(EXIT_FAILURE);
	archive_read_support_format_zip(archive);
	archive_read_support_format_tar(archive);
	archive_read_support_format_gnutar(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	cell_close(CHILD_SECONDS, (const int[]){fd, pipe}, 2);
	struct sender sender = {.pipe = pipe};
	if (archive_read_open_fd(archive, fd, CHILD_BLOCK) != ARCHIVE_OK)
		trouble(&sender, UNPACK_BETWEEN, words(archive));
	struct archive_entry *entry;
	int status;
	bool checked = false;
	/* A warning is about something that is not asked for here (an owner's name, a date). */
	while ((status = archive_read_next_header(archive, &entry)) == ARCHIVE_OK || status == ARCHIVE_WARN) {
		bool zip = (archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
		if (!checked && zip)
			names_check(&sender, fd);
		checked = true;
		send_entry(&sender, entry, zip);
		if (archive_entry_is_encrypted(entry) == 0 && archive_entry_filetype(entry) == AE_IFREG)
			send_data(&sender, archive);
	}
	if (status != ARCHIVE_EOF)
		trouble(&sender, UNPACK_BETWEEN, words(archive));
	if (end_missing(archive, fd))
		trouble(&sender, UNPACK_BETWEEN, "it is cut off: its end mark is missing");
	struct unpack_record end = {.kind = UNPACK_END};
	send_record(&sender, &end, "");
	sender_end(&sender, EXIT_SUCCESS);
}

const struct unpack_child unpack_child = {child_main};
