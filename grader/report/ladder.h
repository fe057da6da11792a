/* A test as a sequence diagram in the terminal: clients left, servers right, segments between them, the TCP states at the
 * edges, times in milliseconds at the left. */
#pragma once

#include <stddef.h>

struct evidence;
struct paint;
struct plan_test;
struct text;
struct timeline;

/* At most `rows_most` rows (and at least 8), some of several lines; events of `marked` (NULL: none) are never left out
 * and are marked.  Writes nothing for a timeline without a row. */
void ladder_draw(struct text *, const struct paint *, const struct plan_test *, const struct timeline *,
                 const struct evidence *marked, size_t rows_most);
