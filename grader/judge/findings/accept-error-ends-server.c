#include "judge/findings.h"

#include "base/text.h"
#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"one-shot-server", "exits-on-eof", "exits-on-client-error", "uncaught-exception",
                                      NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		bool accepts = event->call.call == CALL_ACCEPT || event->call.call == CALL_ACCEPT4;
		if (event->kind != EVENT_RETURN || event->actor < 0 || !accepts)
			continue;
		int64_t result = event->call.result;
		const struct story_actor *program = &inquiry->story->actors[event->actor];
		if ((result != -EINTR && result != -ECONNABORTED && result != -EMFILE && result != -ENFILE &&
		     result != -EPROTO) ||
		    !inquiry_exited(inquiry, event->actor) || program->exited < event->number ||
		    inquiry_may_exit(inquiry, event->actor))
			continue;
		bool again = false;
		for (size_t j = i + 1; j < program->exited && j < inquiry->timeline->count; j++) {
			const struct event *later = &inquiry->timeline->events[j];
			again = again || (later->kind == EVENT_CALL && later->actor == event->actor &&
			                  (later->call.call == CALL_ACCEPT || later->call.call == CALL_ACCEPT4));
		}
		if (again)
			continue;
		TEXT_AUTO error = {0};
		story_errno((int)-result, &error);
		finding_add(inquiry, event->actor, EVENTS(event->number, program->exited),
		            "accept() failed with %s, and the program ended.", text_string(&error));
	}
}

const struct finding_row finding_accept_error_ends_server = {
	.id = "accept-error-ends-server",
	.title = "A failed accept() ends the server",
	.explanation = "accept() can fail for reasons that concern one client only (ECONNABORTED), that pass "
				   "(EMFILE), or that are no errors at all (EINTR). None of them is a reason to stop serving.",
	.source = "accept(2), Error handling",
	.mend = "On an error of accept() go on with the next turn of the loop.",
	.detect = detect,
	.follows = follows,
};
