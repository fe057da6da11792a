/* The parts of a report as plain text, for formats that carry text.  No colours; whatever a student's program or folder
 * chose is escaped, so that a line feed or an escape sequence in the text is never theirs. */
#pragma once

#include <stddef.h>

struct format_grade;
struct step_result;
struct test_result;
struct text;
struct view;

/* Ceiling of one test's details; what is longer is cut at the end of a line. */
#define PLAIN_DETAILS ((size_t)32 << 10)
/* What each test may take so that `count` of them fit in `total_bytes`; at most PLAIN_DETAILS. */
size_t plain_share(size_t total_bytes, size_t count);

/* The step that decided against the test: the first unmet, else the first inconclusive; NULL when there is none. */
const struct step_result *plain_broken(const struct test_result *);

/* Text of unknown origin on one line, at most PLAIN_WORDS bytes of it; NULL writes nothing. */
#define PLAIN_WORDS ((size_t)2000)
void plain_words(struct text *, const char *);
/* One line that says what happened: nothing for a test that passed in every run. */
void plain_message(struct text *, const struct test_result *);
/* "needs review" and the like: nothing for a verdict that needs no word beside pass or fail. */
const char *plain_mark(const struct test_result *);

/* Steps, expected and seen, findings, hint, diagram, or the message where there is no more; at most `most_bytes`. */
void plain_details(struct text *, const struct view *, size_t index, size_t most_bytes);
void plain_report(struct text *, const struct view *);
void plain_summary(struct text *, const struct view *);
/* What has to be said of the score itself, a sentence a line; nothing for one that is final and complete. */
void plain_note(struct text *, const struct view *, const struct format_grade *);
/* The build's output, line by line and escaped, at most `most_bytes`; nothing when there is none. */
void plain_build(struct text *, const struct view *, size_t most_bytes);
