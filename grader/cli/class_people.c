#include "cli/class.h"

#include "cli/cli.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/keys.h"
#include "base/text.h"
#include "gradebook/people.h"

#include <string.h>

static void unmatched_add(struct class_batch *batch, const char *sentence)
{
	batch->unmatched = arena_grow(batch->invocation->arena, batch->unmatched, &batch->unmatched_capacity,
	                              batch->unmatched_count + 1, sizeof(*batch->unmatched));
	batch->unmatched[batch->unmatched_count++] = sentence;
}

static const char *shown(const char *name, struct arena *arena)
{
	TEXT_AUTO text = {0};
	text_escaped(&text, name, strlen(name), 120, false);
	return arena_string(arena, text_string(&text));
}

/* Adds or completes one; NULL with `diags`, else the key in the book. */
static const char *student_put(const struct class_batch *batch, struct book *book, struct student *student,
                               struct diags *diags)
{
	student->key = book_student_key(book, student, batch->invocation->arena, diags);
	return student->key != NULL && book_student_put(book, student, diags) ? student->key : NULL;
}

static bool roster_take(struct class_batch *batch, struct book *book, struct diags *diags)
{
	const char *path = option_value(batch->invocation, "roster");
	TEXT_AUTO bytes = {0};
	if (path == NULL)
		return true;
	if (!file_read(path, ROSTER_BYTES, &bytes))
		return diags_errno(diags, "the roster %s", path);
	if (!roster_read(&batch->roster, path, text_string(&bytes), bytes.length, batch->invocation->arena, diags))
		return false;
	batch->keys = arena_array(batch->invocation->arena, batch->roster.count + 1, sizeof(*batch->keys));
	for (size_t i = 0; i < batch->roster.count; i++) {
		const struct person *person = &batch->roster.people[i];
		struct student student = {.key = person_key(person),
		                          .name = person->name,
		                          .login = person->login,
		                          .email = person->email,
		                          .sis_id = person->sis_id,
		                          .section = person->section,
		                          .lms_user = person->id};
		batch->keys[i] = student_put(batch, book, &student, diags);
		if (batch->keys[i] == NULL)
			return false;
	}
	return true;
}

/* Several submissions of one person: which of them counts is not the grader's to say. */
static void several_refuse(struct class_batch *batch)
{
	struct arena *arena = batch->invocation->arena;
	struct keys students = {0};
	size_t *others = arena_array(arena, batch->count + 1, sizeof(*others));
	for (size_t i = 0; i < batch->count; i++) {
		size_t first;
		if (batch->entries[i].student == NULL || keys_put(&students, arena, batch->entries[i].student, i) ||
		    !keys_find(&students, batch->entries[i].student, &first))
			continue;
		others[first]++;
		unmatched_add(batch, arena_printf(arena, "%s and %s are both of %s; neither was taken",
		                                  shown(batch->entries[first].submission->folder, arena),
		                                  shown(batch->entries[i].submission->folder, arena),
		                                  shown(batch->entries[i].student, arena)));
		batch->entries[i].student = NULL;
	}
	for (size_t i = 0; i < batch->count; i++) {
		if (others[i] > 0)
			batch->entries[i].student = NULL;
	}
}

static bool entry_take(struct class_batch *batch, struct book *book, struct class_entry *entry, struct diags *diags)
{
	struct arena *arena = batch->invocation->arena;
	const struct intake_submission *submission = entry->submission;
	const char *why = NULL;
	const struct person *person =
		batch->roster.count > 0 ? roster_find(&batch->roster, &batch->intake, submission, &why, arena) : NULL;
	if (person != NULL) {
		entry->student = batch->keys[person - batch->roster.people];
		return true;
	}
	if (batch->roster.count > 0) {
		const char *who = submission->name;
		bool named = who != NULL && strstr(submission->folder, who) == NULL;
		unmatched_add(batch, arena_printf(arena, "%s%s%s%s: %s", shown(submission->folder, arena), named ? " (" : "",
		                                  named ? shown(who, arena) : "", named ? ")" : "", why));
		return true;
	}
	entry->student = submission->key;
	/* Gradescope numbers a submission anew each time it is handed in; the person stays. */
	if (batch->intake.layout == LAYOUT_GRADESCOPE && submission->email != NULL)
		entry->student = submission->email;
	else if (batch->intake.layout == LAYOUT_GRADESCOPE && submission->id != NULL)
		entry->student = submission->id;
	struct student student = {
		.key = entry->student, .name = submission->name, .login = submission->login, .email = submission->email};
	if (batch->intake.layout == LAYOUT_CANVAS)
		student.lms_user = submission->id;
	else if (batch->intake.layout == LAYOUT_GRADESCOPE)
		student.sis_id = submission->id;
	entry->student = student_put(batch, book, &student, diags);
	return entry->student != NULL;
}

/* Of an archive that is cut off: who of the roster may have been in what is lost. */
static void missing_tell(struct class_batch *batch)
{
	struct arena *arena = batch->invocation->arena;
	struct keys there = {0};
	if (batch->intake.cut == NULL)
		return;
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->entries[i].student != NULL)
			keys_put(&there, arena, batch->entries[i].student, i);
	}
	for (size_t i = 0; i < batch->roster.count; i++) {
		const char *key = person_key(&batch->roster.people[i]);
		size_t place;
		if (!keys_find(&there, key, &place))
			unmatched_add(batch,
			              arena_printf(arena, "%s is not in what could be read of the archive", shown(key, arena)));
	}
}

bool class_people(struct class_batch *batch, struct book *book, struct diags *diags)
{
	if (!roster_take(batch, book, diags))
		return false;
	batch->count = batch->intake.count;
	batch->entries = arena_array(batch->invocation->arena, batch->count + 1, sizeof(*batch->entries));
	bool good = true;
	for (size_t i = 0; good && i < batch->count; i++) {
		batch->entries[i].submission = &batch->intake.submissions[i];
		good = entry_take(batch, book, &batch->entries[i], diags);
	}
	several_refuse(batch);
	missing_tell(batch);
	return good;
}
