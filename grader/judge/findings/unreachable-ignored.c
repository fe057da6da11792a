#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"no-time-out", "loss-not-repaired", "retransmits-too-soon", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_RETURN || !event->call.datagrams || event->call.result != -ECONNREFUSED ||
		    !plan_student(inquiry->test, event->actor) ||
		    (inquiry_unmet(inquiry, VERB_EXIT, event->actor) == NULL &&
		     inquiry_unmet(inquiry, VERB_STDERR, event->actor) == NULL))
			continue;
		const struct story_actor *program = &inquiry->story->actors[event->actor];
		bool zero = program->exited != STORY_NONE && program->status == 0;
		finding_add(inquiry, event->actor, EVENTS(event->number), "%s failed with ECONNREFUSED, and the program %s.",
		            inquiry_call(inquiry, event->number),
		            zero                            ? "ended with status 0"
		            : program->exited != STORY_NONE ? "did not say so"
		                                            : "went on");
	}
}

const struct finding_row finding_unreachable_ignored = {
	.id = "unreachable-ignored",
	.title = "ECONNREFUSED is ignored",
	.explanation =
		"Nobody has the port: the other host answers with ICMP \"port unreachable\", and the next call on a connected socket fails with ECONNREFUSED. It is told once; who does not look at it waits for an answer that cannot come.",
	.source = "udp(7), RFC 1122 §4.1.3.3",
	.mend = "When send() or recv() fails with ECONNREFUSED, say so and end with a status other than 0.",
	.detect_datagrams = detect,
	.follows = follows,
};
