#include "cli/class.h"

#include "cli/cli.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "gradebook/people.h"
#include "report/formats/grade_rows.h"
#include "report/result_json.h"
#include "report/visible.h"

#include <string.h>

static const struct student *student_of(const struct student *students, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(students[i].key, key) == 0)
			return &students[i];
	}
	return NULL;
}

static const char *comment_of(struct book *book, const struct stored_result *stored, struct arena *arena,
                              struct diags *diags)
{
	TEXT_AUTO json = {0};
	if (stored->run == 0 || !book_run_result(book, stored->run, &json, diags))
		return NULL;
	const struct view *view = result_json_read(text_string(&json), json.length, book_path(book), arena, diags);
	return view != NULL ? class_comment(&view->result, stored->notes, arena) : NULL;
}

static void row_write(struct text *text, bool canvas, struct book *book, const struct stored_result *stored,
                      const struct student *student, struct diags *diags)
{
	struct arena *arena = arena_create();
	char participant[MOODLE_DIGITS];
	struct grade_row row = {.name = student->name,
	                        .login = student->login,
	                        .email = student->email,
	                        .sis_id = student->sis_id,
	                        .section = student->section,
	                        .points = stored->points,
	                        .max_points = stored->max_points,
	                        .graded = stored->run != 0 && stored->review == NULL};
	if (canvas) {
		row.id = student->lms_user;
		canvas_row(text, &row);
	} else {
		row.id = moodle_participant(stored->folder, participant) ? participant : NULL;
		row.comment = comment_of(book, stored, arena, diags);
		moodle_row(text, &row);
	}
	arena_destroy(arena);
}

bool class_export(struct book *book, const char *assignment, const char *format, const char *file, struct arena *arena,
                  struct diags *diags)
{
	struct stored_result *results;
	struct student *students;
	size_t count, student_count;
	bool canvas = strcmp(format, "canvas-csv") == 0;
	if (!book_results(book, assignment, NULL, true, &results, &count, arena, diags) ||
	    !book_students(book, NULL, &students, &student_count, arena, diags))
		return false;
	double most = 0;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(results[i].assignment, results[0].assignment) != 0)
			return diags_error(diags, "the gradebook has several assignments: --assignment NAME says which to export");
		most = results[i].max_points > most ? results[i].max_points : most;
	}
	if (count == 0)
		return diags_error(diags, "the gradebook has no result to export");
	TEXT_AUTO text = {0};
	if (canvas)
		canvas_head(&text, results[0].assignment, most);
	else
		moodle_head(&text);
	for (size_t i = 0; i < count; i++) {
		if (results[i].run == 0)
			results[i].max_points = most;
		const struct student *student = student_of(students, student_count, results[i].student);
		if (student != NULL)
			row_write(&text, canvas, book, &results[i], student, diags);
	}
	if (strcmp(file, "-") == 0)
		print_text(text_string(&text), text.length);
	else if (!file_write_atomically(file, text_string(&text), text.length, 0600))
		return diags_errno(diags, "writing %s", file);
	return true;
}

/* The format's name in `into`, and the file behind "="; NULL when it is none that a class has. */
static const char *class_format(const char *value, char into[static 16])
{
	const char *equals = strchr(value, '=');
	if (equals == NULL || equals[1] == '\0' || (size_t)(equals - value) >= 16)
		return NULL;
	memcpy(into, value, (size_t)(equals - value));
	into[equals - value] = '\0';
	return strcmp(into, "canvas-csv") == 0 || strcmp(into, "moodle-csv") == 0 ? equals + 1 : NULL;
}

bool class_formats_check(const struct invocation *invocation)
{
	char name[16];
	for (size_t i = 0; i < invocation->option_count; i++) {
		if (strcmp(invocation->option[i].row->name, "format") != 0 ||
		    class_format(invocation->option[i].value, name) != NULL)
			continue;
		print_error("--format takes canvas-csv=FILE or moodle-csv=FILE here, not \"%s\"", invocation->option[i].value);
		return false;
	}
	return true;
}

bool class_formats_write(const struct invocation *invocation, struct book *book, const char *assignment,
                         struct diags *diags)
{
	bool good = true;
	for (size_t i = 0; i < invocation->option_count; i++) {
		char name[16];
		const char *file = strcmp(invocation->option[i].row->name, "format") == 0
		                       ? class_format(invocation->option[i].value, name)
		                       : NULL;
		good = (file == NULL || class_export(book, assignment, name, file, invocation->arena, diags)) && good;
	}
	return good;
}
