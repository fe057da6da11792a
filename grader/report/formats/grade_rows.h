/* The gradebook files that Canvas and Moodle import, row by row: for one result, and for a whole class. */
#pragma once

#include <stdbool.h>

struct text;

/* One student's line.  NULL: not known; the cell stays empty. */
struct grade_row {
	const char *name;
	const char *id; /* Canvas: the user's number; Moodle: the number in "Participant 123" */
	const char *sis_id, *login, *section; /* Canvas */
	const char *email; /* Moodle */
	const char *modified; /* Moodle: when the grade was last changed, as its worksheet has it; a later change is kept */
	const char *comment; /* Moodle: what the student reads beside the grade */
	bool graded; /* else the grade's cell stays empty: that changes nothing in the gradebook, where 0 would */
	double points, max_points;
};

/* `assignment` as the gradebook's column has it, "Lab 1 (4711)" with Canvas' own number: Canvas makes a new column of a
 * name that it does not know.  The second row is the points possible. */
void canvas_head(struct text *, const char *assignment, double max_points);
void canvas_row(struct text *, const struct grade_row *);
/* The worksheet of "offline grading". */
void moodle_head(struct text *);
void moodle_row(struct text *, const struct grade_row *);
/* The number in a submission's name, when it is that of a folder in Moodle's download ("Ada Lovelace_4711_assign…") or
 * "Participant 4711"; into `digits`; false when there is none. */
#define MOODLE_DIGITS 24
bool moodle_participant(const char *submission, char digits[static MOODLE_DIGITS]);
