/* A whole class: shared by batch, regrade and book. */
#pragma once

#include "cli/load.h"
#include "gradebook/book.h"
#include "gradebook/results.h"
#include "intake/intake.h"
#include "intake/roster.h"
#include "run/grade.h"
#include "sandbox/host.h"

struct invocation;

enum { CLASS_REPEATS = 1000 };

/* One submission with the student it belongs to. */
struct class_entry {
	const struct intake_submission *submission;
	const char *student; /* key in the book */
	bool done; /* graded before an interruption */
};

struct class_batch {
	const struct invocation *invocation;
	struct loaded loaded;
	struct host host;
	struct intake intake;
	struct intake_asked asked;
	struct roster roster;
	const char **keys; /* of the roster's people, in the book */
	struct class_entry *entries;
	size_t count;
	const char *book, *who; /* path; operator */
	const char *column; /* NULL: nothing is to be posted */
	unsigned repeat; /* how often each test is played */
	const char *work; /* folder beside the book for what is unpacked */
	const char *fallback; /* folder of a Makefile; NULL */
	const char **unmatched; /* sentences */
	size_t unmatched_count, unmatched_capacity;
};

/* What every command on a whole class begins with: the assignment that is named first, the options that they share, the
 * host.  False after printing what is wrong; loaded_release in any case. */
bool class_open(struct class_batch *, unsigned *jobs, struct diags *);

/* "ada (uid 1000)". */
const char *operator_name(struct arena *);
int64_t now_ms(void);
/* Opens the book that --book names; NULL after printing what is wrong. */
struct book *book_option_open(const struct invocation *, enum book_access);

/* The folder beside the book that belongs to the command at work, into `work`; what a killed one left in it is removed.
 * Returns the descriptor of its lock, or -1 after printing what is wrong. */
int class_work_folder(struct class_batch *);
/* Removes the folder and the lock, which it lets go of. */
void class_work_end(const struct class_batch *, int *lock);
/* Keeps spec, assignment and the files they name in the book. */
bool class_definitions_put(const struct class_batch *, struct book *, struct diags *);

/* Joins submissions with the roster, adds students to the book.  False with `diags`. */
bool class_people(struct class_batch *, struct book *, struct diags *);

/* What a worker tells the parent: one byte. */
enum class_word {
	CLASS_GRADED = 'g',
	CLASS_KNOWN = 'k', /* the same bytes were graded before: nothing was run */
	CLASS_STAFF = 's', /* could not be graded: stands in the book as such */
	CLASS_AGAIN = 'a', /* the harness failed: worth another attempt */
	CLASS_BOOK = 'b', /* the book could not be written: nothing goes on */
};
/* Grades one submission in a process of its own and writes it to the book; returns what became of it.  `last`: a failure
 * of the harness is written down too. */
enum class_word class_grade(const struct class_batch *, size_t index, bool last);
/* Writes down that a submission could not be graded, and why. */
enum class_word class_give_up(const struct class_batch *, size_t index, const char *why);

/* A graded submission as it enters the book. */
struct class_record {
	const char *student, *folder;
	bool late, regraded;
	const char *column;
	const char *notes; /* what was done to it before: a sentence on each line; NULL */
	int64_t recorded; /* judged from the recordings of this run; 0: from its own */
	const struct submission_file *files;
	size_t file_count;
};

/* The key of a run of this submission.  Roles other than those that the assignment asks for make another definition of it. */
struct run_key class_key(const struct loaded *, const char *submission_digest, enum rung);
/* Writes run, result and score in one transaction.  A result that holds a test the harness could not play is written as a
 * failure, without a score; *failed says so. */
bool class_store(struct book *, const struct loaded *, const struct grade *, const struct class_record *, bool *failed,
                 struct arena *, struct diags *);
/* Why staff has to look, or NULL: the harness failed in a test; a person has to look at a verdict. */
const char *class_failure(const struct result *, struct arena *);
const char *class_review(const struct result *, struct arena *);
/* What the student reads beside the score; in the arena. */
const char *class_comment(const struct result *, const char *notes, struct arena *);

/* The class as it stands in the book: who passed what, findings, who needs staff. */
void class_summary(const struct invocation *, struct book *, const struct loaded *, struct diags *);
/* canvas-csv or moodle-csv of the newest results. */
bool class_export(struct book *, const char *assignment, const char *format, const char *file, struct arena *,
                  struct diags *);
/* Every --format of a class's command; false after printing what is wrong. */
bool class_formats_check(const struct invocation *);
bool class_formats_write(const struct invocation *, struct book *, const char *assignment, struct diags *);
