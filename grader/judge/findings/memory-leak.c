#include "judge/findings.h"

#include "base/text.h"

static const char cry[] = "ERROR: LeakSanitizer: detected";

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		TEXT_AUTO words = {0};
		TEXT_AUTO leaks = {0};
		if (program->student && inquiry_cried(inquiry, actor, cry, NULL, &leaks) &&
		    inquiry_cried(inquiry, actor, "SUMMARY: AddressSanitizer: ", NULL, &words))
			finding_add_printed(inquiry, actor, cry, cry, "LeakSanitizer: %s", text_string(&words));
	}
}

const struct finding_row finding_memory_leak = {
	.id = "memory-leak",
	.title = "Memory is not given back",
	.explanation = "When the program ended, memory was left that nothing points to any more. A server that loses some "
				   "for each client runs out of it.",
	.source = "gcc(1), -fsanitize=leak",
	.mend = "free() what was allocated for a client when the client is gone. The report names the line that "
			"allocated it.",
	.detect = detect,
};
