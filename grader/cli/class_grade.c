#include "cli/class.h"

#include "cli/cli.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "report/result_json.h"
#include "report/visible.h"
#include "run/submission.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One submission on its way through a worker. */
struct turn {
	const struct class_batch *batch;
	const struct class_entry *entry;
	const char *folder; /* as it is to be graded */
	struct intake_notes notes;
	bool stood_in; /* the Makefile is the assignment's */
	struct arena *arena;
	struct diags diags;
};

static struct book *open_again(struct turn *turn)
{
	return book_open(turn->batch->book, BOOK_AGAIN, turn->batch->who, &turn->diags);
}

static const char *last_message(const struct turn *turn)
{
	return turn->diags.count > 0 ? turn->diags.list[turn->diags.count - 1].message : "the harness could not grade it";
}

static const char *notes_text(const struct turn *turn)
{
	TEXT_AUTO text = {0};
	for (size_t i = 0; i < turn->notes.count; i++)
		text_printf(&text, "%s%s.", i > 0 ? "\n" : "", turn->notes.list[i]);
	return text.length > 0 ? arena_string(turn->arena, text_string(&text)) : NULL;
}

static enum class_word staff(struct turn *turn, const char *why)
{
	struct result_record record = {.student = turn->entry->student,
	                               .assignment = turn->batch->loaded.assignment->name,
	                               .folder = turn->entry->submission->folder,
	                               .late = turn->entry->submission->late,
	                               .failure = why,
	                               .notes = notes_text(turn)};
	struct book *book = open_again(turn);
	bool good = book != NULL && book_result_add(book, &record, now_ms(), &turn->diags);
	book_close(book);
	if (!good)
		print_diags(&turn->diags);
	return good ? CLASS_STAFF : CLASS_BOOK;
}

/* All errors of the refusal in one sentence: what, then why it matters. */
static const char *refusal(struct turn *turn)
{
	TEXT_AUTO text = {0};
	for (size_t i = turn->diags.count; i > 0; i--)
		text_printf(&text, "%s%s", text.length > 0 ? ": " : "", turn->diags.list[i - 1].message);
	return arena_string(turn->arena, text_string(&text));
}

static bool makefile_stands_in(struct turn *turn)
{
	static const char *const names[] = {"Makefile", "makefile", "GNUmakefile"};
	if (turn->batch->fallback == NULL)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (access(arena_printf(turn->arena, "%s/%s", turn->folder, names[i]), F_OK) == 0)
			return true;
	}
	TEXT_AUTO content = {0};
	if (!file_read(arena_printf(turn->arena, "%s/Makefile", turn->batch->fallback), (size_t)1 << 20, &content))
		return errno == ENOENT || diags_errno(&turn->diags, "%s/Makefile", turn->batch->fallback);
	const char *path = arena_printf(turn->arena, "%s/Makefile", turn->folder);
	turn->stood_in = true;
	return file_write_atomically(path, text_string(&content), content.length, 0644) ||
	       diags_errno(&turn->diags, "%s", path);
}

static int name_order(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* The files as the book keeps them. */
static bool files_take(struct turn *turn, struct submission_file **files, size_t *count)
{
	size_t capacity = *count;
	char *paths[] = {arena_string(turn->arena, turn->folder), NULL};
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, name_order);
	if (walk == NULL)
		return diags_errno(&turn->diags, "%s", turn->folder);
	bool good = true;
	for (FTSENT *entry; good && (entry = fts_read(walk)) != NULL;) {
		if (entry->fts_info != FTS_F)
			continue;
		struct text *bytes = arena_alloc(turn->arena, sizeof(*bytes));
		good = file_read(entry->fts_path, SUBMISSION_BYTES, bytes) || diags_errno(&turn->diags, "%s", entry->fts_path);
		*files = arena_grow(turn->arena, *files, &capacity, *count + 1, sizeof(**files));
		(*files)[(*count)++] =
			(struct submission_file){arena_string(turn->arena, entry->fts_path + strlen(turn->folder) + 1),
		                             (entry->fts_statp->st_mode & 0111) != 0, bytes};
	}
	fts_close(walk);
	return good;
}

/* The notes, and when it does not build what there was: that says more than a compiler when the wrong files came. */
static const char *told_text(struct turn *turn, bool built, const struct submission_file *files, size_t count)
{
	enum { SHOWN = 8 };
	TEXT_AUTO text = {0};
	const char *notes = notes_text(turn);
	if (built)
		return notes;
	text_printf(&text, "%s%sHanded in:", notes != NULL ? notes : "", notes != NULL ? "\n" : "");
	size_t shown = 0;
	for (size_t i = 0; i < count; i++) {
		if (turn->stood_in && strcmp(files[i].path, "Makefile") == 0)
			continue;
		if (shown < SHOWN) {
			text_puts(&text, shown > 0 ? ", " : " ");
			text_escaped(&text, files[i].path, strlen(files[i].path), 80, false);
		}
		shown++;
	}
	if (shown > SHOWN)
		text_printf(&text, " and %zu more", shown - SHOWN);
	text_puts(&text, ".");
	return arena_string(turn->arena, text_string(&text));
}

/* 1: the book has a run of these very bytes, and now the student has it too. */
static int known(struct turn *turn, const struct submission *copy, const struct submission_file *files,
                 size_t file_count)
{
	struct run_key key = class_key(&turn->batch->loaded, copy->digest, turn->batch->host.rung);
	struct book *book = open_again(turn);
	int64_t run = 0;
	int found = book != NULL ? book_run_find(book, &key, &run, &turn->diags) : -1;
	if (found == 1) {
		struct loaded *loaded = arena_alloc(turn->arena, sizeof(*loaded));
		TEXT_AUTO json = {0};
		*loaded = turn->batch->loaded;
		struct result_record record = {.student = turn->entry->student,
		                               .assignment = loaded->assignment->name,
		                               .folder = turn->entry->submission->folder,
		                               .late = turn->entry->submission->late,
		                               .run = run,
		                               .column = turn->batch->column};
		struct view *view = NULL;
		if (book_run_result(book, run, &json, &turn->diags))
			view = result_json_read(text_string(&json), json.length, turn->batch->book, turn->arena, &turn->diags);
		if (view != NULL) {
			record.notes = told_text(turn, view->result.built, files, file_count);
			record.review = class_review(&view->result, turn->arena);
			record.comment = class_comment(&view->result, record.notes, turn->arena);
		}
		found = view != NULL && book_result_add(book, &record, now_ms(), &turn->diags) ? 1 : -1;
	}
	book_close(book);
	return found;
}

static enum class_word play(struct turn *turn, struct submission *copy, const struct submission_file *files,
                            size_t file_count, bool last)
{
	const struct class_batch *batch = turn->batch;
	struct grade grade;
	struct grade_request request = {.host = &batch->host,
	                                .plan = batch->loaded.plan,
	                                .assignment = batch->loaded.assignment,
	                                .submission = turn->folder,
	                                .copied = copy,
	                                .options = {.jobs = 1, .repeat = batch->repeat}};
	if (!grade_submission(&grade, &request, turn->arena, &turn->diags))
		return last ? staff(turn, last_message(turn)) : CLASS_AGAIN;
	const char *failure = class_failure(&grade.result, turn->arena);
	enum class_word word = CLASS_AGAIN;
	if (failure == NULL || last) {
		bool failed = false;
		grade.result.submission = turn->entry->submission->folder;
		struct class_record record = {.student = turn->entry->student,
		                              .folder = turn->entry->submission->folder,
		                              .late = turn->entry->submission->late,
		                              .column = batch->column,
		                              .notes = told_text(turn, grade.result.built, files, file_count),
		                              .files = files,
		                              .file_count = file_count};
		struct book *book = open_again(turn);
		bool good =
			book != NULL && class_store(book, &batch->loaded, &grade, &record, &failed, turn->arena, &turn->diags);
		book_close(book);
		word = !good ? CLASS_BOOK : failed ? CLASS_STAFF : CLASS_GRADED;
	}
	grade_release(&grade);
	if (word == CLASS_BOOK)
		print_diags(&turn->diags);
	return word;
}

enum class_word class_grade(const struct class_batch *batch, size_t index, bool last)
{
	struct turn turn = {.batch = batch, .entry = &batch->entries[index], .arena = arena_create()};
	diags_init(&turn.diags, turn.arena);
	char *folder = arena_printf(turn.arena, "%s/s%zu-XXXXXX", batch->work, index);
	if (mkdtemp(folder) == NULL)
		return last ? staff(&turn, "no temporary folder could be made") : CLASS_AGAIN;
	turn.folder = folder;
	enum class_word word;
	if (!intake_prepare(&batch->intake, turn.entry->submission, folder, &turn.notes, turn.arena, &turn.diags)) {
		word = staff(&turn, arena_printf(turn.arena, "refused: %s", refusal(&turn)));
	} else {
		struct submission copy = {0};
		struct submission_file *files = NULL;
		size_t count = 0;
		bool taken = makefile_stands_in(&turn) && files_take(&turn, &files, &count) &&
		             submission_copy(&copy, folder, NULL, turn.arena, &turn.diags);
		int found = taken ? known(&turn, &copy, files, count) : -1;
		word = found == 1   ? CLASS_KNOWN
		       : found == 0 ? play(&turn, &copy, files, count, last)
		       : last       ? staff(&turn, last_message(&turn))
		                    : CLASS_AGAIN;
		submission_release(&copy);
	}
	folder_remove(folder);
	arena_destroy(turn.arena);
	return word;
}

enum class_word class_give_up(const struct class_batch *batch, size_t index, const char *why)
{
	struct turn turn = {.batch = batch, .entry = &batch->entries[index], .arena = arena_create()};
	diags_init(&turn.diags, turn.arena);
	enum class_word word = staff(&turn, why);
	arena_destroy(turn.arena);
	return word;
}
