#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {
	"accept-error-ends-server", "accept-error-spins", "serial-server",       "never-accepts",
	"one-shot-server",          "spins-when-idle",    "fixed-number-served", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		bool accepts = event->call.call == CALL_ACCEPT || event->call.call == CALL_ACCEPT4;
		if (event->kind == EVENT_RETURN && event->actor >= 0 && accepts && event->call.listening &&
		    event->call.result == -EINVAL)
			finding_add(inquiry, event->actor, EVENTS(event->number),
			            "%s failed with EINVAL although the socket listens: the length of the address was not set.",
			            inquiry_call(inquiry, event->number));
	}
}

const struct finding_row finding_accept_length_unset = {
	.id = "accept-length-unset",
	.title = "The length for accept()'s address is not set",
	.explanation = "The third argument of accept() tells how large the place for the client's address is, and is "
				   "overwritten by its true size. Uninitialised it holds anything; a negative number makes accept() "
				   "fail.",
	.source = "accept(2) (EINVAL)",
	.mend = "Set the length to sizeof(address) before every accept(), or pass NULL for both.",
	.detect = detect,
	.follows = follows,
};
