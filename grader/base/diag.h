/* What is wrong with an input, or why the harness could not do something: values, never prints or exits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum diag_kind {
	DIAG_ERROR,
	DIAG_WARNING,
};

struct diag {
	enum diag_kind kind;
	const char *file; /* NULL: no place */
	unsigned line, column; /* from 1; 0: unknown */
	const char *message;
};

/* A list of at most DIAG_MOST entries; those past it are counted only. */
#define DIAG_MOST 200

struct diags {
	struct arena *arena; /* owns the strings; borrowed */
	struct diag *list;
	size_t count, capacity;
	size_t errors; /* of kind DIAG_ERROR, the uncounted ones included */
};

void diags_init(struct diags *, struct arena *);
void diags_add(struct diags *, enum diag_kind, const char *file, unsigned line, unsigned column, const char *format,
               ...) __attribute__((format(printf, 6, 7)));
/* An error without a place; returns false, so that `return diags_error(…)` reads well. */
bool diags_error(struct diags *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As diags_error, with ": " and strerror(errno) behind it. */
bool diags_errno(struct diags *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sorts by file, line and column, keeping the order of equals. */
void diags_sort(struct diags *);

/* The known word nearest to `word` (Damerau-Levenshtein, at most a third of its length and at least 1), or NULL.
 * `words` ends with NULL. */
const char *nearest_word(const char *word, const char *const *words);
