/* Who is in the course, and who they are on a platform. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct book;
struct diags;

/* NULL members are not known.  Strings live in the caller's arena. */
struct student {
	const char *key; /* the book's own name for the person: the login, or what the submission's layout gives */
	const char *name; /* for people to read */
	const char *login, *email, *sis_id, *section;
	const char *lms_user; /* of the target asked for; NULL: not mapped */
};

/* Adds a student, or fills in and replaces what is known (members that are not NULL).  `lms_user` is not read. */
bool book_student_put(struct book *, const struct student *, struct diags *);
/* The key under which a person is in the book: the given one when it is there, else that of the one student with the same
 * `lms_user` and no other login, who was added before more was known; else the given one.  NULL with `diags`. */
const char *book_student_key(struct book *, const struct student *, struct arena *, struct diags *);
/* Ordered by key; `target` NULL: `lms_user` stays NULL. */
bool book_students(struct book *, const char *target, struct student **, size_t *count, struct arena *, struct diags *);

/* Table identities: (target, student) → the id that the platform's API takes (LTI: the user's `sub`; Canvas, Moodle: a
 * number).  `source` says how it is known: "roster.csv", "nrps", "canvas users".  An id that is another student's on the
 * same target, and a student that is not in the book, are errors: nobody is guessed.  Replacing an id is an audit line. */
bool identity_put(struct book *, const char *target, const char *student, const char *lms_user, const char *source,
                  int64_t now_ms, struct diags *);
/* Takes an id away (the platform says that there is no such user). */
bool identity_remove(struct book *, const char *target, const char *student, int64_t now_ms, struct diags *);
/* 1 with *lms_user, 0 when not mapped, -1 with `diags`. */
int identity_of(struct book *, const char *target, const char *student, const char **lms_user, struct arena *,
                struct diags *);
