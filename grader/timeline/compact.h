/* A timeline in few bytes, for keeping many of them; written and read many times faster than JSON lines.
 *
 * An event is the number of its kind, a mask of the fields that are not as in the event before (the common fields: the
 * event before of any kind; a kind's own: the one before of that kind; at first each has its usual value), the
 * differences as numbers of variable length, and the data.  What the numbers mean stands in the description, once for
 * all timelines of one grader: kinds, fields and words by their names, as JSON.  So a later grader, whose events have
 * other members in another order, reads what it still knows, and refuses the rest. */
#pragma once

#include <stddef.h>

struct arena;
struct diags;
struct text;
struct timeline;

struct compact_form;

/* The form that compact_save writes. */
void compact_describe(struct text *);
/* A form of this grader or another; it lives in the arena.  NULL with `diags` for what is no description. */
struct compact_form *compact_form_read(const char *description, size_t length_bytes, struct arena *, struct diags *);

void compact_save(const struct timeline *, struct text *);
/* NULL when the bytes are not of that form, or hold what this grader's events cannot. */
struct timeline *compact_load(const struct compact_form *, const void *bytes, size_t length_bytes);
