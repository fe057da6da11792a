#include "model/plan.h"

#include "model/describe.h"

bool plan_student(const struct plan_test *plan, int actor)
{
	return actor >= 0 && plan->student[plan->test->actors[actor].side];
}

void line_text(struct text *text, const struct plan_test *plan, const struct line *line)
{
	step_text_for(text, plan->test, line->step, line->actor, line->other);
}
