/* Private to intake/: a class's archive that could not be read to its end. */
#pragma once

#include <stdbool.h>

struct diags;
struct intake;
struct unpack_told;

/* The submissions that came whole stay; the one that reading ended in is refused, by a refusal of its own.  Nothing in
 * such an archive says what would have come behind, so it is believed only when each submission's entries stand together
 * as far as it goes: false with `diags` when they do not, or when it ends in the first submission. */
bool cut_off_take(struct intake *, const struct unpack_told *, struct diags *);
