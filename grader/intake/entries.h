/* Private to intake/: what names an archive or a folder may bring. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct diags;

/* The names seen so far, by a key under which names that a person or another system takes for the same are equal. */
struct entries {
	struct arena *arena;
	struct entry_name **slots; /* a hash table; power of two */
	size_t slot_count, count;
	bool exact; /* only the same bytes are the same name: many people's files, each person's looked at later */
};

/* The ceiling of a path, and of one part of it, in bytes. */
enum { ENTRY_PATH = 4096, ENTRY_PART = 255 };

/* What is left out, by the path as a whole: what macOS adds (__MACOSX, .DS_Store, ._x, …), and without a word said what
 * other systems and version control do (Thumbs.db, .git, …). */
enum litter { LITTER_NONE, LITTER_MACOS, LITTER_OTHER };
enum litter entry_litter(const char *path);
/* The path without "./", doubled and trailing slashes, in the arena; NULL with `diags` for one that is not plain: absolute, with
 * "..", too long or deep, with unprintable characters or no UTF-8.  "" for the top itself. */
const char *entry_plain(const char *path, size_t length, unsigned depth, struct arena *, struct diags *);
/* Notes a plain path and the folders above it.  False with `diags` when it is there already, or is the same as another but
 * for case or for how accents are written. */
bool entries_add(struct entries *, const char *path, bool folder, struct diags *);
/* The key of a name: lower case, accents of Latin letters as marks of their own. */
const char *entry_key(const char *name, struct arena *);
