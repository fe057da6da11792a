#include "judge/findings.h"

#include "base/text.h"

static const char cry[] = "runtime error: ";

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		TEXT_AUTO words = {0};
		if (program->student && inquiry_cried(inquiry, actor, cry, NULL, &words))
			finding_add_printed(inquiry, actor, cry, cry, "UndefinedBehaviorSanitizer says: %s.", text_string(&words));
	}
}

const struct finding_row finding_undefined_behaviour = {
	.id = "undefined-behaviour",
	.title = "The program does what C leaves undefined",
	.explanation = "An integer overflowed, an index left its array, a pointer was null or misaligned. The compiler may "
				   "assume that this never happens, so anything may follow.",
	.source = "gcc(1), -fsanitize=undefined",
	.mend = "The report, in the program's standard error, begins with the file and the line.",
	.detect = detect,
	.follows = sanitizer_follows,
};
