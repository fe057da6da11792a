#include "intake/repair.h"

#include "intake/intake.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Scripts and Makefiles are small; what is larger is something else. */
enum { SCRIPT_BYTES = 1 << 20, NOTES_MOST = 200 };

void note(struct intake_notes *notes, struct arena *arena, const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (notes->count == NOTES_MOST)
		return;
	notes->list = arena_grow(arena, notes->list, &notes->capacity, notes->count + 1, sizeof(*notes->list));
	notes->list[notes->count++] = arena_string(arena, text);
}

static bool is_makefile(const char *name)
{
	size_t length = strlen(name);
	return strcmp(name, "Makefile") == 0 || strcmp(name, "makefile") == 0 || strcmp(name, "GNUmakefile") == 0 ||
	       (length > 3 && strcmp(name + length - 3, ".mk") == 0);
}

static const char byte_order_mark[] = "\xef\xbb\xbf";
enum { MARK = sizeof(byte_order_mark) - 1 };

/* How many bytes of a byte order mark the text begins with: all or none. */
static size_t mark_length(const char *bytes, size_t length)
{
	return length >= MARK && memcmp(bytes, byte_order_mark, MARK) == 0 ? MARK : 0;
}

static void line_ends(const struct text *from, size_t at, struct text *to)
{
	for (size_t i = at; i < from->length; i++) {
		if (from->bytes[i] != '\r' || i + 1 == from->length || from->bytes[i + 1] != '\n')
			text_add(to, from->bytes + i, 1);
	}
}

static bool is_script(const char *path)
{
	char first[MARK + 2];
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t length = fd >= 0 ? read(fd, first, sizeof(first)) : -1;
	size_t mark = length > 0 ? mark_length(first, (size_t)length) : 0;
	return length >= (ssize_t)mark + 2 && memcmp(first + mark, "#!", 2) == 0;
}

static bool file_repair(const char *path, const char *name, const char *inside, mode_t mode, struct intake_notes *notes,
                        struct arena *arena, struct diags *diags)
{
	bool script = is_script(path);
	if (!script && !is_makefile(name))
		return true;
	TEXT_AUTO content = {0};
	if (!file_read(path, SCRIPT_BYTES, &content))
		return errno == EFBIG || diags_errno(diags, "%s", path);
	TEXT_AUTO repaired = {0};
	size_t mark = mark_length(text_string(&content), content.length);
	line_ends(&content, mark, &repaired);
	bool ends = repaired.length + mark < content.length, run = script && (mode & 0111) == 0;
	if ((ends || mark > 0) &&
	    !file_write_atomically(path, text_string(&repaired), repaired.length, script ? 0755 : mode & 0755))
		return diags_errno(diags, "%s", path);
	if (run && chmod(path, 0755) < 0)
		return diags_errno(diags, "%s", path);
	if (mark > 0)
		note(notes, arena, "%s began with a byte order mark, which a script cannot have: it was taken off", inside);
	if (ends)
		note(notes, arena, "%s had line ends of CR LF, which a script cannot have: they were made LF", inside);
	if (run)
		note(notes, arena, "%s begins with #! and could not be run: its run bit was set", inside);
	return true;
}

bool repair(const char *folder, struct intake_notes *notes, struct arena *arena, struct diags *diags)
{
	char *paths[] = {arena_string(arena, folder), NULL};
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (walk == NULL)
		return diags_errno(diags, "%s", folder);
	bool good = true;
	for (FTSENT *entry; good && (entry = fts_read(walk)) != NULL;) {
		if (entry->fts_info == FTS_F)
			good = file_repair(entry->fts_path, entry->fts_name, entry->fts_path + strlen(folder) + 1,
			                   entry->fts_statp->st_mode, notes, arena, diags);
	}
	fts_close(walk);
	return good;
}
