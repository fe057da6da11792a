/* What may be done to a value that stands in the platform: nobody's grade is lowered, and no person's is touched, unless
 * that was asked for. */
#pragma once

#include "lms/column.h"
#include "model/names.h"

#define ACTIONS(X)                                                                                                     \
	X(ACTION_SEND, "post")                                                                                             \
	X(ACTION_SAME, "same") /* it stands there already */                                                               \
	X(ACTION_LOWER, "lower") /* it would lower a grade */                                                              \
	X(ACTION_PERSON, "person") /* a person set it */                                                                   \
	X(ACTION_CHANGED, "changed") /* it is not what was posted last: somebody changed it */                             \
	X(ACTION_LOCKED, "locked")                                                                                         \
	X(ACTION_EXCUSED, "excused")                                                                                       \
	X(ACTION_UNMAPPED, "unmapped") /* the student's id there is not known */                                           \
	X(ACTION_STRANGER, "stranger") /* the id is no student of the course there */                                      \
	X(ACTION_RANGE, "range") /* below 0 or above the column's maximum */
NAMES_DECLARE(action, ACTIONS)

struct standing {
	const struct lms_value *now; /* NULL: the column has nothing for this user */
	bool readable; /* false: the platform cannot be asked */
	double there; /* the new score, on the column's scale */
	double maximum; /* the column's; 0: not known */
	const char *comment; /* the new one */
	bool posted; /* something was posted and verified before: */
	double last; /* … this, on the column's scale */
	bool mapped, stranger;
	bool force_lower, force_person;
};

enum action policy_action(const struct standing *);
/* Why it is not posted, for people; "" for ACTION_SEND and ACTION_SAME. */
const char *action_reason(enum action);
