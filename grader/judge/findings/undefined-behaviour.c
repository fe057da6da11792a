#include "judge/findings.h"

#include "base/text.h"

static const char *const follows[] = {"crashed",
                                      "exits-on-client-error",
                                      "exits-on-eof",
                                      "one-shot-server",
                                      "stale-bytes",
                                      "client-closes-too-early",
                                      "half-close-drops-data",
                                      "exit-status-zero-on-failure",
                                      "fixed-number-served",
                                      "client-stops-after-one-read",
                                      NULL};

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		TEXT_AUTO words = {0};
		if (program->student && inquiry_cried(inquiry, actor, "runtime error: ", NULL, &words))
			finding_add(inquiry, actor, EVENTS(program->output_event[1]), "UndefinedBehaviorSanitizer says: %s.",
			            text_string(&words));
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
	.follows = follows,
};
