#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {
	"spins-when-idle", "closed-unread-data", "accept-error-spins",    "resets-instead-of-closing",
	"eof-ignored",     "one-shot-server",    "exits-on-client-error", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind != EVENT_RETURN || !event->call.listening || event->actor < 0 ||
		    event->call.result != -ENOTCONN || !(call_reads(event->call.call) || call_writes(event->call.call)))
			continue;
		finding_add(inquiry, event->actor, EVENTS(event->number),
		            "%s failed with ENOTCONN: that is the listening socket, not the one that accept() returned.",
		            inquiry_call(inquiry, event->number));
	}
}

const struct finding_row finding_wrong_descriptor = {
	.id = "wrong-descriptor",
	.title = "The listening socket is read or written",
	.explanation = "accept() returns a new descriptor for each connection. The listening socket itself carries "
				   "no data: read() and write() on it fail with ENOTCONN.",
	.source = "accept(2)",
	.mend = "Use the descriptor that accept() returned for read() and write().",
	.detect = detect,
	.follows = follows,
};
