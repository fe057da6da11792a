#include "lms/compare.h"

#include <math.h>

bool points_equal(double one, double other, double maximum)
{
	double tolerance = fmax(5e-5, 1e-6 * maximum);
	return isfinite(one) && isfinite(other) && fabs(one - other) <= tolerance;
}

double points_rescale(double points, double from, double to)
{
	return from > 0 && to > 0 ? points / from * to : points;
}
