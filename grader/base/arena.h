/* Memory with one lifetime: a spec, a plan, a timeline.  Everything allocated from an arena goes when it does.
 *
 * No function here fails: when the system has no memory left the process ends by abort(3).  What a student or a file
 * can drive is bounded before it gets here. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;

struct arena *arena_create(void);
/* NULL is allowed. */
void arena_destroy(struct arena *);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *, size_t size_bytes);
/* As arena_alloc, but not cleared: for buffers, of which no page is touched before it is used. */
void *arena_room(struct arena *, size_t size_bytes);
/* Zeroed array of `count` elements. */
void *arena_array(struct arena *, size_t count, size_t element_bytes);
/* A copy of `length_bytes` bytes with a NUL behind them. */
char *arena_copy(struct arena *, const void *bytes, size_t length_bytes);
char *arena_string(struct arena *, const char *);
char *arena_printf(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Grows an arena-owned array so that it holds at least `wanted` elements; the old memory stays until the arena goes.
 * `*capacity` is updated.  Returns the (possibly moved) array; new elements are zero. */
void *arena_grow(struct arena *, void *array, size_t *capacity, size_t wanted, size_t element_bytes);
