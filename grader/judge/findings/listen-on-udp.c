#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"exits-on-datagram", "spins-when-idle", "one-datagram-server", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_RETURN && event->call.datagrams && event->call.result == -EOPNOTSUPP &&
		    (event->call.call == CALL_LISTEN || event->call.call == CALL_ACCEPT || event->call.call == CALL_ACCEPT4) &&
		    inquiry->failed && plan_student(inquiry->test, event->actor))
			finding_add(inquiry, event->actor, EVENTS(event->number), "%s failed: a UDP socket has no connections.",
			            inquiry_call(inquiry, event->number));
	}
}

const struct finding_row finding_listen_on_udp = {
	.id = "listen-on-udp",
	.title = "listen() or accept() on a UDP socket",
	.explanation =
		"UDP has no connections, so there is nothing to wait for and nothing to fetch: on a UDP socket listen() and accept() fail with EOPNOTSUPP. A bound socket receives at once.",
	.source = "listen(2), udp(7)",
	.mend = "Leave listen() and accept() out: after bind() call recvfrom().",
	.detect_datagrams = detect,
	.follows = follows,
};
