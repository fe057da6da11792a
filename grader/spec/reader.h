/* Nodes into values, with errors that say what was expected.  Every read_… returns false after telling why. */
#pragma once

#include "model/verbs.h"
#include "spec/yaml.h"

#include <stdint.h>

struct arena;
struct diags;
struct text;

struct reader {
	const char *path;
	struct arena *arena; /* owns what is read */
	struct diags *diags;
};

/* An error at the node; false, so that `return reader_error(…)` reads well.  Silent for a broken node. */
bool reader_error(const struct reader *, const struct node *, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void reader_warning(const struct reader *, const struct node *, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* How the node looks, short and safe to print: "\"lisetn\"", "a list". */
const char *reader_shown(const struct reader *, const struct node *);
/* " (did you mean \"listen\"?)", or "" when no word is near.  `words` ends with NULL. */
const char *reader_suggestion(const struct reader *, const char *word, const char *const *words);

/* Sorts a map's values by the rows: values[i] is that of rows[i], or NULL.  Unknown keys and missing ones that
 * are required are errors.  `what` is "a test".  False only when the node is no map. */
bool read_fields(const struct reader *, const struct node *, const char *what, const struct key_row *rows, size_t count,
                 const struct node **values);

/* A scalar without NUL bytes; not empty. */
bool read_text(const struct reader *, const struct node *, const char *what, const char **);
/* Letters, digits, "_", "-" and "."; a letter first; at most NAME_MOST. */
bool read_name(const struct reader *, const struct node *, const char *what, const char **);
bool read_boolean(const struct reader *, const struct node *, const char *what, bool *);
/* A whole number from `least` to `most`. */
bool read_count(const struct reader *, const struct node *, const char *what, uint64_t least, uint64_t most,
                uint64_t *);
/* A decimal number, not negative, at most a million. */
bool read_number(const struct reader *, const struct node *, const char *what, double *);
bool read_size(const struct reader *, const struct node *, const char *what, uint64_t *bytes);
bool read_duration(const struct reader *, const struct node *, const char *what, int64_t *ns);
/* Index into `words`, which ends with NULL. */
bool read_choice(const struct reader *, const struct node *, const char *what, const char *const *words, size_t *index);
/* Compiles it (regcomp(3), REG_EXTENDED) to see that it is one, within bounds that keep every matcher of it small. */
bool read_pattern(const struct reader *, const struct node *, const char *what, const char **);
/* `limits:` of a test or an assignment; fields that are not given stay 0. */
struct limits;
bool read_limits(const struct reader *, const struct node *, struct limits *);

/* The items of a list; a node that is no list is a list of itself. */
size_t items_count(const struct node *);
const struct node *items_at(const struct node *, size_t index);
