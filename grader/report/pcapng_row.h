/* What Wireshark shows between the segments: `server[4242]: read(4) = 6 "hello\n"  [37 us]`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct text;
struct timeline;

struct call_rows;

/* Lives in the arena; the timeline is borrowed. */
struct call_rows *call_rows_create(const struct timeline *, struct arena *);
/* The row that stands at the event of that number; false when none does.  A call that causes segments stands where it
 * was entered, any other where it returned. */
bool call_row(const struct call_rows *, size_t number, struct text *);
