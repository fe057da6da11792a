#include "report/formats/grade_rows.h"

#include "base/text.h"
#include "report/formats/csv.h"
#include "report/formats/plain.h"
#include "report/formats/rows.h"

#include <string.h>

/* Moodle refuses a file without Identifier, Grade and Last modified (grade). */
void moodle_head(struct text *out)
{
	static const char *const columns[] = {
		"Identifier",       "Full name", "Email address", "Grade", "Maximum Grade", "Last modified (grade)",
		"Feedback comments"};
	struct csv csv = {.out = out};
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		csv_cell(&csv, columns[i]);
	csv_end_row(&csv);
}

void moodle_row(struct text *out, const struct grade_row *row)
{
	struct csv csv = {.out = out};
	TEXT_AUTO identifier = {0};
	if (row->id != NULL)
		text_printf(&identifier, "Participant %s", row->id);
	csv_cell(&csv, row->id != NULL ? text_string(&identifier) : NULL);
	csv_cell(&csv, row->name);
	csv_cell(&csv, row->email);
	if (row->graded)
		csv_number(&csv, row->points);
	else
		csv_cell(&csv, NULL);
	csv_number(&csv, row->max_points);
	csv_cell(&csv, row->modified);
	csv_cell(&csv, row->comment);
	csv_end_row(&csv);
}

static bool digits_at(const char *at, size_t length, char digits[static MOODLE_DIGITS])
{
	if (length == 0 || length >= MOODLE_DIGITS || strspn(at, "0123456789") < length)
		return false;
	memcpy(digits, at, length);
	digits[length] = '\0';
	return true;
}

bool moodle_participant(const char *submission, char digits[static MOODLE_DIGITS])
{
	static const char blind[] = "Participant";
	if (submission == NULL)
		return false;
	const char *number = strchr(submission, '_'); /* names have none: Moodle makes them blanks */
	if (number != NULL && strncmp(number + 1 + strcspn(number + 1, "_"), "_assignsubmission_", 18) == 0)
		return digits_at(number + 1, strcspn(number + 1, "_"), digits);
	if (strncmp(submission, blind, strlen(blind)) != 0)
		return false;
	const char *at = submission + strlen(blind);
	return (*at == ' ' || *at == '_') && digits_at(at + 1, strlen(at + 1), digits);
}

static void write_moodle(struct text *out, const struct view *view, const struct format_context *context)
{
	const struct format_grade *grade = &context->grade;
	char digits[MOODLE_DIGITS];
	bool known = moodle_participant(view->result.submission, digits);
	TEXT_AUTO note = {0};
	plain_note(&note, view, grade);
	if (note.length > 0)
		note.bytes[--note.length] = '\0'; /* its last line feed */
	moodle_head(out);
	moodle_row(out, &(struct grade_row){.name = view->result.submission,
	                                    .id = known ? digits : NULL,
	                                    .comment = note.length > 0 ? text_string(&note) : NULL,
	                                    .points = grade->points,
	                                    .max_points = grade->max_points,
	                                    .graded = grade->errors == 0 && grade->review == 0});
}

const struct format format_moodle_csv = {
	.name = "moodle-csv",
	.help = "a line for Moodle's offline grading; without a grade when one could not be given or needs review",
	.audience = AUDIENCE_INSTRUCTOR,
	.write = write_moodle,
};
