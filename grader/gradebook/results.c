#include "gradebook/results.h"

#include "gradebook/forms.h"
#include "gradebook/outbox_rows.h"
#include "gradebook/packed.h"
#include "gradebook/sql.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "timeline/compact.h"

#include <inttypes.h>
#include <stdio.h>

bool book_assignment_put(struct book *book, const char *name, const char *title, struct diags *diags)
{
	return book_run(book, diags,
	                "INSERT INTO assignments(course, name, title) VALUES(1, ?, ?)"
	                " ON CONFLICT(course, name) DO UPDATE SET title = excluded.title WHERE title IS NOT excluded.title",
	                "tt", name, title);
}

bool book_definition_put(struct book *book, const char *digest, const char *name, const struct text *bytes,
                         struct diags *diags)
{
	TEXT_AUTO packed = {0};
	struct packer *packer = packer_create();
	packed_add(packer, &packed, text_string(bytes), bytes->length);
	packer_destroy(packer);
	return book_run(book, diags, "INSERT OR IGNORE INTO definitions(digest, name, bytes, length) VALUES(?,?,?,?)",
	                "ttbi", digest, name, &packed, (int64_t)bytes->length);
}

static const char *seed_text(char into[static 24], uint64_t seed)
{
	snprintf(into, 24, "%" PRIu64, seed);
	return into;
}

int book_run_find(struct book *book, const struct run_key *key, int64_t *run, struct diags *diags)
{
	char seed[24];
	STATEMENT_AUTO statement = book_query(
		book, diags,
		"SELECT runs.id FROM runs JOIN assignments a ON a.id = assignment WHERE a.name = ? AND submission = ?"
		" AND spec = ? AND definition = ? AND version = ? AND seed = ? AND rung = ?",
		"ttttttt", key->assignment, key->submission, key->spec, key->definition, key->version,
		seed_text(seed, key->seed), key->rung);
	int row = book_step(book, statement, diags);
	*run = row == 1 ? sqlite3_column_int64(statement, 0) : 0;
	return row;
}

/* Bytes of a new run, compressed before the write lock is taken. */
struct packed_run {
	struct text result, *recordings, *files;
	size_t *lengths; /* of the recordings before */
	struct text form; /* of the recordings */
	size_t form_length;
};

static void run_pack(struct packed_run *packed, const struct run_record *record, struct arena *arena)
{
	struct packer *packer = packer_create();
	TEXT_AUTO compact = {.ceiling = BLOB_BYTES};
	packed->recordings = arena_array(arena, record->recording_count + 1, sizeof(struct text));
	packed->lengths = arena_array(arena, record->recording_count + 1, sizeof(size_t));
	packed->files = arena_array(arena, record->file_count + 1, sizeof(struct text));
	compact_describe(&compact);
	packed->form_length = compact.length;
	packed_add(packer, &packed->form, text_string(&compact), compact.length);
	packed_add(packer, &packed->result, text_string(record->result), record->result->length);
	for (size_t i = 0; i < record->recording_count; i++) {
		compact.length = 0;
		compact_save(record->recordings[i].timeline, &compact);
		packed->lengths[i] = compact.length;
		packed_add(packer, &packed->recordings[i], text_string(&compact), compact.length);
	}
	for (size_t i = 0; i < record->file_count; i++)
		packed_add(packer, &packed->files[i], text_string(record->files[i].bytes), record->files[i].bytes->length);
	packer_destroy(packer);
}

static void packed_release(struct packed_run *packed, const struct run_record *record)
{
	text_release(&packed->result);
	text_release(&packed->form);
	for (size_t i = 0; i < record->recording_count; i++)
		text_release(&packed->recordings[i]);
	for (size_t i = 0; i < record->file_count; i++)
		text_release(&packed->files[i]);
}

static bool submission_add(struct book *book, const struct run_record *record, const struct packed_run *packed,
                           int64_t now_ms, struct diags *diags)
{
	if (!book_run(book, diags, "INSERT OR IGNORE INTO submissions(digest, at_ms) VALUES(?,?)", "ti",
	              record->key.submission, now_ms))
		return false;
	bool good = true;
	for (size_t i = 0; good && i < record->file_count; i++) {
		const struct submission_file *file = &record->files[i];
		good = book_run(book, diags,
		                "INSERT OR IGNORE INTO submission_files(submission, path, executable, bytes, length)"
		                " VALUES(?,?,?,?,?)",
		                "ttibi", record->key.submission, file->path, (int64_t)file->executable, &packed->files[i],
		                (int64_t)file->bytes->length);
	}
	return good;
}

static bool run_add(struct book *book, const struct run_record *record, const struct packed_run *packed, int64_t now_ms,
                    int64_t *run, struct diags *diags)
{
	const struct run_key *key = &record->key;
	char seed[24];
	int there = book_run_find(book, key, run, diags);
	if (there != 0)
		return there == 1;
	if (!submission_add(book, record, packed, now_ms, diags) ||
	    !book_run(
			book, diags,
			"INSERT INTO runs(assignment, submission, spec, definition, version, seed, rung, at_ms, points, max_points,"
			" result, length, recorded) VALUES((SELECT id FROM assignments WHERE name = ?),?,?,?,?,?,?,?,?,?,?,?,"
			" nullif(?, 0))",
			"tttttttiddbii", key->assignment, key->submission, key->spec, key->definition, key->version,
			seed_text(seed, key->seed), key->rung, now_ms, record->points, record->max_points, &packed->result,
			(int64_t)record->result->length, record->recorded))
		return false;
	*run = sqlite3_last_insert_rowid(book->database);
	int64_t form = 0;
	bool good = record->recording_count == 0 || form_put(book, &packed->form, packed->form_length, &form, diags);
	for (size_t i = 0; good && i < record->recording_count; i++) {
		const struct recording *recording = &record->recordings[i];
		good = book_run(book, diags,
		                "INSERT INTO recordings(run, test, actions, lines, bytes, length, form) VALUES(?,?,?,?,?,?,?)",
		                "itttbii", *run, recording->test, recording->actions, recording->lines, &packed->recordings[i],
		                (int64_t)packed->lengths[i], form);
	}
	return good;
}

/* What the student had so far. */
struct former {
	bool same; /* the very result that is to be added */
	bool scored;
	double points, max_points;
};

static bool former_read(struct book *book, const struct result_record *record, int64_t run, struct former *former,
                        struct diags *diags)
{
	*former = (struct former){0};
	STATEMENT_AUTO statement = book_query(
		book, diags,
		"SELECT run IS nullif(?3, 0) AND folder = ?4 AND late = ?5 AND failure IS ?6, run IS NOT NULL, points, max_points"
		" FROM results LEFT JOIN runs ON runs.id = run WHERE results.assignment ="
		" (SELECT id FROM assignments WHERE name = ?1) AND student = ?2 ORDER BY results.id DESC LIMIT 1",
		"ttitit", record->assignment, record->student, run, record->folder, (int64_t)record->late,
		run == 0 ? record->failure : NULL);
	int row = book_step(book, statement, diags);
	if (row == 1)
		*former = (struct former){sqlite3_column_int(statement, 0) != 0, sqlite3_column_int(statement, 1) != 0,
		                          sqlite3_column_double(statement, 2), sqlite3_column_double(statement, 3)};
	return row >= 0;
}

static bool run_points(struct book *book, int64_t run, double *points, double *max_points, struct diags *diags)
{
	STATEMENT_AUTO statement = book_query(book, diags, "SELECT points, max_points FROM runs WHERE id = ?", "i", run);
	int row = book_step(book, statement, diags);
	if (row == 0)
		return diags_error(diags, "there is no run %" PRId64 " in %s", run, book_path(book));
	if (row == 1) {
		*points = sqlite3_column_double(statement, 0);
		*max_points = sqlite3_column_double(statement, 1);
	}
	return row == 1;
}

static bool result_add(struct book *book, const struct result_record *record, int64_t run, int64_t now_ms,
                       struct diags *diags)
{
	struct former former;
	double points = 0, max_points = 0;
	if (!former_read(book, record, run, &former, diags) ||
	    (run != 0 && !run_points(book, run, &points, &max_points, diags)))
		return false;
	char before[64], after[64];
	snprintf(before, sizeof(before), "%.12g of %.12g", former.points, former.max_points);
	snprintf(after, sizeof(after), "%.12g of %.12g", points, max_points);
	struct audit_entry entry = {.at_ms = now_ms,
	                            .student = record->student,
	                            .column = record->column,
	                            .action = run == 0           ? "not graded"
	                                      : record->regraded ? "regraded"
	                                                         : "graded",
	                            .before = former.scored ? before : NULL,
	                            .after = run != 0 ? after : NULL,
	                            .detail = run == 0 ? record->failure : record->folder};
	if (!former.same &&
	    (!book_run(book, diags,
	               "INSERT INTO results(student, assignment, run, folder, late, failure, review, notes, at_ms)"
	               " VALUES(?,(SELECT id FROM assignments WHERE name = ?),nullif(?, 0),?,?,?,?,?,?)",
	               "ttitittti", record->student, record->assignment, run, record->folder, (int64_t)record->late,
	               run == 0 ? record->failure : NULL, record->review, record->notes, now_ms) ||
	     !audit_add(book, &entry, diags)))
		return false;
	struct outbox_score score = {.student = record->student,
	                             .column = record->column,
	                             .run = run,
	                             .points = points,
	                             .max_points = max_points,
	                             .comment = record->comment,
	                             .review = record->review,
	                             .looked_at = former.same};
	return run == 0 || record->column == NULL || outbox_add(book, &score, now_ms, diags);
}

bool book_result_add(struct book *book, const struct result_record *record, int64_t now_ms, struct diags *diags)
{
	struct packed_run packed = {0};
	struct arena *arena = arena_create();
	int64_t run = record->run;
	if (record->record != NULL)
		run_pack(&packed, record->record, arena);
	bool good = book_begin(book, diags);
	if (good) {
		good = record->record == NULL || run_add(book, record->record, &packed, now_ms, &run, diags);
		good = good && result_add(book, record, run, now_ms, diags);
		good = book_end(book, good, diags);
	}
	if (record->record != NULL)
		packed_release(&packed, record->record);
	arena_destroy(arena);
	return good;
}
