/* Points as whole numbers whose sums are right: largest remainders, for platforms that know no fractions. */
#pragma once

#include <stdint.h>

struct format_grade;
struct view;

struct whole {
	int64_t points, max_points; /* points <= max_points */
};

/* Fills `tests`, one for each test of the view, and returns the whole of the grade: its points and most rounded, and
 * shared out so that each number is less than 1 from the true one (most: less than 2), a test of full points has its
 * most, and one of none has 0.  What the grade counts beside the view's tests takes part in the sharing. */
struct whole whole_points(const struct view *, const struct format_grade *, struct whole *tests);
