/* Whether a platform keeps what was sent. */
#pragma once

#include <stdbool.h>

/* Points on a scale of `maximum`: platforms round to five decimals after rescaling, and use binary fractions. */
bool points_equal(double one, double other, double maximum);
/* `points` of `from` on a scale of `to`; a scale that is not known (0) is taken as the same. */
double points_rescale(double points, double from, double to);
