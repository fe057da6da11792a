#include "report/formats/grade_rows.h"

#include "base/text.h"
#include "report/formats/csv.h"
#include "report/formats/rows.h"

void canvas_head(struct text *out, const char *assignment, double max_points)
{
	static const char *const columns[] = {"Student", "ID", "SIS User ID", "SIS Login ID", "Section"};
	struct csv csv = {.out = out};
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		csv_cell(&csv, columns[i]);
	csv_cell(&csv, assignment);
	csv_end_row(&csv);
	csv_cell(&csv, "    Points Possible"); /* Canvas exports it with these blanks */
	for (size_t i = 1; i < sizeof(columns) / sizeof(columns[0]); i++)
		csv_cell(&csv, NULL);
	csv_number(&csv, max_points);
	csv_end_row(&csv);
}

void canvas_row(struct text *out, const struct grade_row *row)
{
	struct csv csv = {.out = out};
	csv_cell(&csv, row->name);
	csv_cell(&csv, row->id);
	csv_cell(&csv, row->sis_id);
	csv_cell(&csv, row->login);
	csv_cell(&csv, row->section);
	if (row->graded)
		csv_number(&csv, row->points);
	else
		csv_cell(&csv, NULL);
	csv_end_row(&csv);
}

static void write_canvas(struct text *out, const struct view *view, const struct format_context *context)
{
	const struct result *result = &view->result;
	const struct format_grade *grade = &context->grade;
	canvas_head(out, result->title != NULL ? result->title : result->assignment, grade->max_points);
	canvas_row(out, &(struct grade_row){.name = result->submission,
	                                    .points = grade->points,
	                                    .max_points = grade->max_points,
	                                    .graded = grade->errors == 0 && grade->review == 0});
}

const struct format format_canvas_csv = {
	.name = "canvas-csv",
	.help = "a line for Canvas' gradebook import; without a grade when one could not be given or needs review",
	.audience = AUDIENCE_INSTRUCTOR,
	.write = write_canvas,
};
