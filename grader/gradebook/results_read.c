#include "gradebook/results.h"

#include "gradebook/forms.h"
#include "gradebook/sql.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "timeline/compact.h"
#include "timeline/timeline.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void result_read(sqlite3_stmt *statement, struct stored_result *result, struct arena *arena)
{
	const char *seed = column_text(statement, 16, arena);
	*result = (struct stored_result){
		.id = sqlite3_column_int64(statement, 0),
		.run = sqlite3_column_int64(statement, 1),
		.at_ms = sqlite3_column_int64(statement, 2),
		.student = column_text(statement, 3, arena),
		.name = column_text(statement, 4, arena),
		.assignment = column_text(statement, 5, arena),
		.folder = column_text(statement, 6, arena),
		.late = sqlite3_column_int(statement, 7) != 0,
		.failure = column_text(statement, 8, arena),
		.review = column_text(statement, 9, arena),
		.points = sqlite3_column_double(statement, 10),
		.max_points = sqlite3_column_double(statement, 11),
		.key = {.submission = column_text(statement, 12, arena),
	            .spec = column_text(statement, 13, arena),
	            .definition = column_text(statement, 14, arena),
	            .version = column_text(statement, 15, arena),
	            .seed = seed != NULL ? strtoull(seed, NULL, 10) : 0,
	            .rung = column_text(statement, 17, arena)},
		.recorded = sqlite3_column_int64(statement, 18),
		.notes = column_text(statement, 19, arena),
	};
	result->key.assignment = result->assignment;
}

bool book_results(struct book *book, const char *assignment, const char *student, bool newest,
                  struct stored_result **list, size_t *count, struct arena *arena, struct diags *diags)
{
	size_t capacity = 0;
	*list = NULL;
	*count = 0;
	STATEMENT_AUTO statement =
		book_query(book, diags,
	               "SELECT r.id, r.run, r.at_ms, r.student, s.name, a.name, r.folder, r.late, r.failure, r.review,"
	               " n.points, n.max_points, n.submission, n.spec, n.definition, n.version, n.seed, n.rung,"
	               " coalesce(n.recorded, n.id), r.notes FROM results r JOIN students s ON s.key = r.student"
	               " JOIN assignments a ON a.id = r.assignment LEFT JOIN runs n ON n.id = r.run"
	               " WHERE (?1 IS NULL OR a.name = ?1) AND (?2 IS NULL OR r.student = ?2) AND (?3 = 0 OR r.id ="
	               "  (SELECT max(l.id) FROM results l WHERE l.assignment = r.assignment AND l.student = r.student))"
	               " ORDER BY a.name, r.student, r.id",
	               "tti", assignment, student, (int64_t)newest);
	int more;
	while ((more = book_step(book, statement, diags)) == 1) {
		*list = arena_grow(arena, *list, &capacity, *count + 1, sizeof(**list));
		result_read(statement, &(*list)[(*count)++], arena);
	}
	return more == 0;
}

bool book_run_result(struct book *book, int64_t run, struct text *text, struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(book, diags, "SELECT result, length FROM runs WHERE id = ?", "i", run);
	int row = book_step(book, statement, diags);
	if (row == 0)
		return diags_error(diags, "there is no run %" PRId64 " in %s", run, book->path);
	return row == 1 && column_blob(book, statement, 0, text, "the result of a run", diags);
}

int book_recording(struct book *book, int64_t run, const char *test, struct recording *recording, struct diags *diags)
{
	STATEMENT_AUTO statement =
		book_query(book, diags, "SELECT actions, lines FROM recordings WHERE run = ? AND test = ?", "it", run, test);
	int row = book_step(book, statement, diags);
	if (row != 1)
		return row;
	*recording = (struct recording){.test = test};
	snprintf(recording->actions, sizeof(recording->actions), "%s", (const char *)sqlite3_column_text(statement, 0));
	snprintf(recording->lines, sizeof(recording->lines), "%s", (const char *)sqlite3_column_text(statement, 1));
	return 1;
}

struct timeline *book_timeline(struct book *book, int64_t run, const char *test, struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(
		book, diags, "SELECT bytes, length, form FROM recordings WHERE run = ? AND test = ?", "it", run, test);
	int row = book_step(book, statement, diags);
	TEXT_AUTO bytes = {.ceiling = BLOB_BYTES};
	if (row == 0)
		diags_error(diags, "there is no recording of %s in %s", test, book->path);
	if (row != 1 || !column_blob(book, statement, 0, &bytes, "a recording", diags))
		return NULL;
	if (sqlite3_column_type(statement, 2) == SQLITE_NULL)
		return timeline_load(text_string(&bytes), bytes.length, book->path, diags);
	const struct compact_form *form = form_get(book, sqlite3_column_int64(statement, 2), diags);
	struct timeline *timeline = form != NULL ? compact_load(form, text_string(&bytes), bytes.length) : NULL;
	if (form != NULL && timeline == NULL)
		diags_error(diags,
		            "the recording of %s in %s is damaged, or another grader's that saw what this one does not know",
		            test, book->path);
	return timeline;
}

bool book_submission_stored(struct book *book, const char *digest, bool *stored, struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(book, diags, "SELECT 1 FROM submissions WHERE digest = ?", "t", digest);
	int row = book_step(book, statement, diags);
	*stored = row == 1;
	return row >= 0;
}

/* Makes the folders above `path`; every part was a plain name when it was stored. */
static bool folders_make(int folder, const char *path)
{
	TEXT_AUTO part = {0};
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		part.length = 0;
		text_add(&part, path, (size_t)(slash - path));
		if (mkdirat(folder, text_string(&part), 0755) < 0 && errno != EEXIST)
			return false;
	}
	return true;
}

static bool path_plain(const char *path)
{
	if (path[0] == '/' || path[0] == '\0')
		return false;
	for (const char *at = path; at != NULL; at = strchr(at, '/') != NULL ? strchr(at, '/') + 1 : NULL) {
		size_t length = strcspn(at, "/");
		if (length == 0 || (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
			return false;
	}
	return true;
}

bool book_submission_write(struct book *book, const char *digest, const char *folder, struct diags *diags)
{
	FD_AUTO to = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return diags_errno(diags, "%s", folder);
	STATEMENT_AUTO statement = book_query(
		book, diags, "SELECT path, executable, bytes, length FROM submission_files WHERE submission = ?", "t", digest);
	int more;
	while ((more = book_step(book, statement, diags)) == 1) {
		const char *path = (const char *)sqlite3_column_text(statement, 0);
		TEXT_AUTO bytes = {0};
		if (path == NULL || !path_plain(path))
			return diags_error(diags, "%s is damaged: a stored file has no plain name", book->path);
		if (!column_blob(book, statement, 2, &bytes, "a stored file", diags))
			return false;
		mode_t mode = sqlite3_column_int(statement, 1) != 0 ? 0755 : 0644;
		FD_AUTO file =
			folders_make(to, path) ? openat(to, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode) : -1;
		if (file < 0 || fchmod(file, mode) < 0 || !fd_write_all(file, text_string(&bytes), bytes.length))
			return diags_errno(diags, "writing a stored submission to %s", folder);
	}
	return more == 0;
}
