#include "judge/findings.h"

#include "base/text.h"
#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"exits-on-datagram", "one-datagram-server", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		int64_t result = event->kind == EVENT_RETURN ? event->call.result : 0;
		if (event->kind != EVENT_RETURN || !event->call.datagrams || !call_writes(event->call.call) ||
		    !plan_student(inquiry->test, event->actor) ||
		    (result != -EDESTADDRREQ && result != -EINVAL && result != -EAFNOSUPPORT && result != -ENOTCONN))
			continue;
		TEXT_AUTO error = {0};
		story_errno((int)-result, &error);
		finding_add(inquiry, event->actor, EVENTS(event->number),
		            "%s failed with %s: it was given no address to send to.", inquiry_call(inquiry, event->number),
		            text_string(&error));
	}
}

const struct finding_row finding_reply_without_address = {
	.id = "reply-without-address",
	.title = "The reply has no valid address",
	.explanation =
		"recvfrom() writes the sender's address into the structure that it is given, and its length into the length; it needs to know beforehand how much room there is. Where the length is not set before each call, or the address is not passed on, sendto() has nowhere to send to.",
	.source = "recvfrom(2), sendto(2)",
	.mend = "Set length = sizeof(address) before each recvfrom(), and give the same address and length to sendto().",
	.detect_datagrams = detect,
	.follows = follows,
};
