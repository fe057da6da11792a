/* Private to cli/post*: one run of `grader post`. */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "base/keys.h"
#include "base/text.h"
#include "cli/cli.h"
#include "gradebook/book.h"
#include "gradebook/outbox.h"
#include "gradebook/people.h"
#include "lms/config.h"
#include "lms/connection.h"
#include "lms/identity.h"
#include "lms/policy.h"

/* Exit statuses of post, beside those of every command. */
enum { EXIT_SOME_BLOCKED = EXIT_SOMETHING_FAILED, EXIT_DEFERRED = EXIT_HARNESS };

/* What this run tried on one entry. */
struct effort {
	int64_t id;
	unsigned tries, faults, restamps;
};

struct posting {
	struct invocation *invocation;
	struct arena *arena;
	struct diags *diags;
	struct target *target;
	struct book *book;
	struct connection connection;
	struct column column; /* as the platform shows it */
	int64_t values_at_ms; /* when the values were read */
	int64_t values_took_ms; /* how long that was */
	unsigned values_requests; /* in so many requests */
	size_t sent; /* scores sent in this run and not read back yet */
	struct student *students;
	size_t student_count;
	struct keys student_keys, student_users; /* places in `students`: by key; by lms_user, the first who has it */
	bool *shared; /* of each student: another one has the same lms_user */
	bool dry, yes, retry, force_lower, force_person;
	struct text report; /* JSON lines */
	struct effort *efforts;
	size_t effort_count, effort_capacity;
	unsigned failures; /* in a row, of the whole target */
	bool taken; /* the platform has taken a score in this run */
	unsigned absences; /* answers, before that, that something is not there */
	int64_t not_before_ms; /* the whole target waits until then */
	bool stopped, deferred; /* nothing more in this run: a person has to act; time has to pass */
	char why[DECISION_REASON];
};

/* post.c: opens what --config, --target and --book say (book NULL: without one).  False after printing why. */
bool posting_open(struct posting *, bool book);
void posting_close(struct posting *);

/* post_prepare.c: reads the column, its values and the people; maps students to users.  False with *status. */
bool posting_prepare(struct posting *, int *status);
/* A read, tried again as the schedule has it. */
struct decision posting_read(struct posting *, enum purpose, const char *user, struct column *);
/* The student's id on the platform, or NULL with a reason. */
const char *posting_user(const struct posting *, const struct outbox_entry *, const char **why);
/* What may be done with the entry now; `forced`: only because of --force-…. */
enum action posting_action(const struct posting *, const struct outbox_entry *, bool *forced);
/* The entry's score on the column's scale. */
double posting_there(const struct posting *, const struct outbox_entry *);
/* Sleeps, at most until a signal comes. */
void posting_sleep(int64_t ms);
uint64_t posting_random(void);

/* post_table.c: the difference, and whether it is so large that --yes is wanted. */
void posting_table(const struct posting *, const struct outbox_entry *, size_t count);
bool posting_guard(const struct posting *, const struct outbox_entry *, size_t count);
/* One line for what became of an entry, in the terminal and in the JSON lines. */
void posting_tell(struct posting *, const struct outbox_entry *, const struct outbox_change *);

/* post_worker.c: posts until nothing is due. */
void posting_work(struct posting *);
/* post_settle.c: reads one value back and decides; `sent` says how the entry got here. */
enum cause { CAUSE_CONFIRM, CAUSE_UNKNOWN, CAUSE_OUTDATED };
void posting_settle(struct posting *, const struct outbox_entry *, enum cause, const struct decision *, unsigned look);
/* One user's value as it is now, which the column has from then on. */
struct decision posting_look(struct posting *, const char *user);

/* post_values.c: the column's values again. */
bool posting_values_read(struct posting *);
/* Reads back every score that is `sent`, together where that is less work. */
void posting_confirm(struct posting *);
/* Before a score of this entry is sent: false when what stands there could not be read again. */
bool posting_values_fresh(struct posting *, const struct outbox_entry *);

/* post_entry.c: one transition, told; a book that cannot be written ends the run. */
void posting_change(struct posting *, const struct outbox_entry *, struct outbox_change *);
struct effort *posting_effort(struct posting *, int64_t id);
/* A failure of the whole target: waits, defers or stops. */
void posting_failed(struct posting *, const struct decision *);

/* post_doctor.c */
int post_doctor(struct posting *);
