/* Private to intake/: one reader for each layout. */
#pragma once

#include "intake/intake.h"

/* What lies in the root: names in order, litter left out. */
struct listing {
	struct listing_entry {
		const char *name;
		bool folder;
	} * list;
	size_t count, capacity;
	bool macos; /* litter of macOS was left out */
};

/* The names in a folder, sorted.  False with `diags`. */
bool listing_read(struct listing *, const char *folder, struct arena *, struct diags *);

/* How a layout is recognised and read. */
struct layout_reader {
	enum layout layout;
	/* A sentence when the listing looks like it, or NULL. */
	const char *(*recognise)(const struct intake *, const struct listing *);
	bool (*read)(struct intake *, const struct listing *, struct diags *);
};

extern const struct layout_reader canvas_reader, moodle_reader, gradescope_reader, github_reader, classroom50_reader,
	autolab_reader, submitty_reader, afs_reader, folders_reader;

/* The submission of that key, made when it is not there. */
struct intake_submission *intake_of(struct intake *, const char *key);
void intake_part(struct intake *, struct intake_submission *, const char *path, const char *name);
void intake_ignore(struct intake *, const char *name, const char *why);
/* Refuses whoever has that path, below the root, with a sentence. */
void intake_refuse(struct intake *, const char *path, const char *why);
/* A path of the unpacked archive as one below the root. */
const char *intake_below(const struct intake *, const char *path);
bool path_lies_in(const char *path, const char *folder);
/* Why the archive that it came in makes the submission one to refuse, or NULL. */
const char *intake_refused(const struct intake *, const struct intake_submission *);
/* The file's content below the root, or NULL: at most `most` bytes. */
const char *intake_file(const struct intake *, const char *name, size_t most, size_t *length);
