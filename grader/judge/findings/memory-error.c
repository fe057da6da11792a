#include "judge/findings.h"

#include "base/text.h"

static const char cry[] = "ERROR: AddressSanitizer: ";

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		TEXT_AUTO words = {0};
		if (program->student && inquiry_cried(inquiry, actor, cry, " on address", &words))
			finding_add_printed(inquiry, actor, cry, cry, "AddressSanitizer ended the program: %s.",
			                    text_string(&words));
	}
}

const struct finding_row finding_memory_error = {
	.id = "memory-error",
	.title = "Memory is used that does not belong to the object",
	.explanation = "AddressSanitizer saw a read or a write outside an array, or through a pointer to memory that was "
				   "freed. Without it the program may seem to work, and crash elsewhere on another day.",
	.source = "gcc(1), -fsanitize=address",
	.mend = "Its report, in the program's standard error, names the line of the access and where the memory came "
			"from.",
	.detect = detect,
	.follows = sanitizer_follows,
};
