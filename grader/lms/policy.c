#include "lms/policy.h"

#include "lms/compare.h"

#include <math.h>

NAMES_DEFINE(action, ACTIONS)

const char *action_reason(enum action action)
{
	switch (action) {
	case ACTION_SEND:
	case ACTION_SAME:
		return "";
	case ACTION_LOWER:
		return "it would lower a grade (--force-lower allows it)";
	case ACTION_PERSON:
		return "a person set the grade there (--force-manual allows it)";
	case ACTION_CHANGED:
		return "the grade there is not the one posted last; somebody changed it (--force-manual allows it)";
	case ACTION_LOCKED:
		return "the grade is locked or overridden there; unlock it there first";
	case ACTION_EXCUSED:
		return "the student is excused there";
	case ACTION_UNMAPPED:
		return "the student's id on the platform is not known";
	case ACTION_STRANGER:
		return "the platform has no such student in this course";
	case ACTION_RANGE:
		return "the score is below 0 or above the column's maximum";
	}
	return "?";
}

static bool by_person(const struct standing *standing)
{
	const struct lms_value *now = standing->now;
	/* What is exactly what was posted last is nobody's own grade, whoever the platform names. */
	bool ours = standing->posted && points_equal(now->points, standing->last, standing->maximum);
	return now->grader == GRADER_PERSON && !ours;
}

enum action policy_action(const struct standing *standing)
{
	const struct lms_value *now = standing->now;
	if (!standing->mapped)
		return ACTION_UNMAPPED;
	if (standing->stranger)
		return ACTION_STRANGER;
	if (!isfinite(standing->there) || standing->there < 0 ||
	    (standing->maximum > 0 && standing->there > standing->maximum + 5e-5))
		return ACTION_RANGE;
	if (!standing->readable)
		return standing->posted && standing->there < standing->last - 5e-5 && !standing->force_lower ? ACTION_LOWER
		                                                                                             : ACTION_SEND;
	if (now != NULL && now->excused)
		return ACTION_EXCUSED;
	if (now == NULL || !now->there) {
		if (now != NULL && now->locked)
			return ACTION_LOCKED;
		return standing->posted && !standing->force_person ? ACTION_CHANGED : ACTION_SEND;
	}
	bool fixed = now->locked || now->overridden;
	if (points_equal(now->points, standing->there, standing->maximum)) {
		if (fixed || by_person(standing))
			return ACTION_SAME;
		return value_has_comment(now, standing->comment) == SAID_YES ? ACTION_SAME : ACTION_SEND;
	}
	if (fixed)
		return ACTION_LOCKED;
	if (by_person(standing) && !standing->force_person)
		return ACTION_PERSON;
	/* Where the platform does not say who graded, and where something was posted before: what is not that is somebody's. */
	bool ours = standing->posted && points_equal(now->points, standing->last, standing->maximum);
	if (!ours && (standing->posted || now->grader == GRADER_UNKNOWN) && !standing->force_person)
		return ACTION_CHANGED;
	return now->points > standing->there && !standing->force_lower ? ACTION_LOWER : ACTION_SEND;
}
