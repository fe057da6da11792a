/* What a learning platform lets an instructor download becomes a list of submissions: whose, when, which files.
 *
 * intake_open only looks at names; a submission's own files are unpacked, gathered and repaired by intake_prepare, one
 * submission at a time, so that a strange one harms itself alone. */
#pragma once

#include "model/names.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct assignment;
struct diags;

#define LAYOUTS(X)                                                                                                     \
	X(LAYOUT_FOLDERS, "folders") /* a folder, an archive or a file for each student */                                 \
	X(LAYOUT_CANVAS, "canvas") /* doejane_LATE_4711_815_server.c */                                                    \
	X(LAYOUT_MOODLE, "moodle") /* Jane Doe_4711_assignsubmission_file_/server.c */                                     \
	X(LAYOUT_GRADESCOPE, "gradescope") /* submission_4711/ and submission_metadata.yml */                              \
	X(LAYOUT_GITHUB, "github-classroom") /* lab1-submissions/lab1-octocat/ */                                          \
	X(LAYOUT_CLASSROOM50, "classroom50") /* cs1-lab1-octocat/ with .classroom50.yaml */                                \
	X(LAYOUT_AUTOLAB, "autolab") /* jdoe@example.org_3_server.c, or jdoe@example.org/3_server.c */                     \
	X(LAYOUT_SUBMITTY, "submitty") /* jdoe/3/server.c and jdoe/user_assignment_settings.json */                        \
	X(LAYOUT_AFS, "afs") /* jdoe-15-441-project-1/ */
NAMES_DECLARE(layout, LAYOUTS)

/* One file or folder of a submission. */
struct intake_part {
	const char *path; /* below the root */
	const char *name; /* what the student called it; NULL for a folder whose content counts */
};

struct intake_submission {
	const char *key; /* what the layout says of the student: an id, a login, a folder's name */
	const char *name; /* display name; NULL: not known */
	const char *id, *login, *email; /* NULL: not known */
	const char *participant; /* Moodle's for this one assignment; NULL */
	const char *folder; /* as it was handed in, for people to find it again */
	bool late;
	unsigned long version; /* of several; 0: not known */
	const char *chosen; /* which of several versions this is: a sentence for the notes; NULL: there was one */
	struct intake_part *parts;
	size_t part_count, part_capacity;
};

/* What the submissions are for: it says which folder of a submission is its top. */
struct intake_asked {
	const struct assignment *assignment;
	const char *starter; /* the folder that students begin with; NULL */
};

struct intake {
	enum layout layout;
	const char *because; /* by what the layout was recognised: a sentence */
	const char *root; /* the folder that all paths are below */
	const char *temporary; /* where an archive was unpacked; NULL */
	struct intake_submission *submissions; /* ordered by key */
	size_t count, capacity;
	const char **ignored; /* names that belong to nobody, with the reason */
	size_t ignored_count, ignored_capacity;
	struct intake_refusal {
		const char *path, *why; /* below the root; a sentence that names it */
	} * refusals; /* what the archive held and may not: whoever's it is, is refused */
	size_t refusal_count, refusal_capacity;
	size_t orphans; /* how many of what the archive held and may not are nobody's, as far as can be told */
	const char *cut; /* the archive could not be read to its end: a sentence; NULL */
	const struct intake_asked *asked; /* NULL after intake_open; the caller sets it, and keeps it */
	struct arena *arena; /* borrowed */
};

/* Ceiling of the list. */
#define INTAKE_SUBMISSIONS 100000

/* `path` is a folder or an archive; `layout` NULL: recognised.  An archive is unpacked into a temporary folder, and its
 * wrapping folders are passed over; what in it is not to be taken (a link, …) refuses the submission that it is in, by
 * intake_prepare, and so does the archive's end when it is cut off.  False with `diags`; nothing is left then. */
bool intake_open(struct intake *, const char *path, const enum layout *layout, struct arena *, struct diags *);
/* Removes what was unpacked. */
void intake_close(struct intake *);

/* What was done to a submission, for people to read. */
struct intake_notes {
	const char **list;
	size_t count, capacity;
};

/* Fills the empty folder `into` with a submission as it is to be graded: a student's own archive unpacked (and an
 * archive that is all there is in it), wrapping folders removed, platform suffixes taken off, line ends of scripts and
 * Makefiles repaired, run bits of scripts restored, litter left out; the folder where the build begins made the top.  False
 * with `diags`: it is refused, and why. */
bool intake_prepare(const struct intake *, const struct intake_submission *, const char *into, struct intake_notes *,
                    struct arena *, struct diags *);
/* The same with one student's archive that lies anywhere; `asked` may be NULL. */
bool intake_archive(const char *path, const char *into, const struct intake_asked *, struct intake_notes *,
                    struct arena *, struct diags *);
