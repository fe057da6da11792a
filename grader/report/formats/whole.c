#include "report/formats/whole.h"

#include "report/format.h"

#include <math.h>
#include <stdlib.h>

/* Double arithmetic leaves 7.000000000000001 where 7 is meant. */
static const double whole_noise = 1e-6;

struct part {
	double amount;
	int64_t whole;
	size_t index;
};

static double remainder_of(const struct part *part)
{
	return part->amount - (double)part->whole;
}

static int larger_first(const void *left, const void *right)
{
	const struct part *a = left, *b = right;
	double difference = remainder_of(b) - remainder_of(a);
	if (difference > whole_noise || difference < -whole_noise)
		return difference > 0 ? 1 : -1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static int by_index(const void *left, const void *right)
{
	const struct part *a = left, *b = right;
	return a->index < b->index ? -1 : a->index > b->index;
}

static void share_out(struct part *parts, size_t count, int64_t total)
{
	for (size_t i = 0; i < count; i++) {
		parts[i].whole = (int64_t)floor(parts[i].amount + whole_noise);
		total -= parts[i].whole;
	}
	qsort(parts, count, sizeof(*parts), larger_first);
	for (size_t i = 0; i < count && total > 0 && remainder_of(&parts[i]) > whole_noise; i++, total--)
		parts[i].whole++;
	qsort(parts, count, sizeof(*parts), by_index);
}

static double at_least_none(double amount)
{
	return amount > 0 ? amount : 0;
}

struct whole whole_points(const struct view *view, const struct format_grade *grade, struct whole *tests)
{
	const struct result *result = &view->result;
	size_t count = result->test_count + 1; /* the last: what is not shown */
	struct part *got = calloc(count, sizeof(*got)), *lost = calloc(count, sizeof(*lost));
	if (got == NULL || lost == NULL)
		abort();
	double points = 0, missed = 0;
	for (size_t i = 0; i < result->test_count; i++) {
		got[i] = (struct part){.amount = at_least_none(result->tests[i].points), .index = i};
		lost[i] = (struct part){.amount = at_least_none(result->tests[i].max_points - got[i].amount), .index = i};
		points += got[i].amount;
		missed += lost[i].amount;
	}
	got[count - 1] = (struct part){.amount = at_least_none(grade->points - points), .index = count - 1};
	lost[count - 1] =
		(struct part){.amount = at_least_none(grade->max_points - grade->points - missed), .index = count - 1};
	points += got[count - 1].amount;
	missed += lost[count - 1].amount;
	struct whole sum = {.points = (int64_t)floor(points + 0.5 + whole_noise)};
	sum.max_points = (int64_t)floor(points + missed + 0.5 + whole_noise);
	share_out(got, count, sum.points);
	share_out(lost, count, sum.max_points - sum.points);
	for (size_t i = 0; i < result->test_count; i++)
		tests[i] = (struct whole){got[i].whole, got[i].whole + lost[i].whole};
	free(got);
	free(lost);
	return sum;
}
