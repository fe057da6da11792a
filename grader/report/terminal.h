/* The report for a terminal: a line for each test, the failing ones in detail, the sum; details and sum begin with an
 * empty line.  Nothing here prints; whatever a student's program or folder chose is escaped. */
#pragma once

#include "report/visible.h"

struct paint;
struct text;

/* What is graded, above everything else. */
void terminal_heading(struct text *, const struct paint *, const struct result *);
/* One test on one line, its points at the right margin, its title behind `names` columns for the names of tests
 * (terminal_names; 0: as wide as this one's).  For a result that is still being made take the test from
 * view_test, which leaves out what the audience may not see. */
void terminal_test_line(struct text *, const struct paint *, const struct test_result *, size_t names);
/* Columns that the names of all tests of the result take, as far as they leave room for titles. */
size_t terminal_names(const struct paint *, const struct result *);
/* For a terminal only: a line without a line feed that says what runs now, and what takes it away again.  A hidden test
 * is not named to a student. */
void terminal_running(struct text *, const struct paint *, const struct test *, enum audience);
void terminal_running_clear(struct text *);

/* A test that did not pass: its steps up to the one that broke, expected and seen, hint, findings, and the ladder of at
 * most `ladder_rows` rows (0: none).  Writes nothing for a test that passed or was skipped, or
 * of which there is no more to tell than its line does. */
void terminal_test_details(struct text *, const struct paint *, const struct view *, size_t index, size_t ladder_rows);
/* Points, counts, the findings in short, what needs a person, and what the evidence was. */
void terminal_summary(struct text *, const struct paint *, const struct view *);
/* All of the above at once, as for a stored result. */
void terminal_report(struct text *, const struct paint *, const struct view *, size_t ladder_rows);

/* "7.5": at most two decimals, no zeros behind. */
void points_text(struct text *, double points);
