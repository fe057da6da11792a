#include "judge/findings.h"

#include "timeline/timeline.h"

#include <errno.h>

static const char *const follows[] = {"exits-on-datagram", "uncaught-exception", NULL};

/* The kernel would not send it: no datagram is that long. */
static void detect_refused(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && i < inquiry->timeline->count; i++) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_RETURN && event->call.datagrams && call_writes(event->call.call) &&
		    event->call.result == -EMSGSIZE && plan_student(inquiry->test, event->actor))
			finding_add(inquiry, event->actor, EVENTS(event->number),
			            "%s failed with EMSGSIZE: it was given more than a datagram can hold.",
			            inquiry_call(inquiry, event->number));
	}
}

static void detect(struct inquiry *inquiry)
{
	struct wrong_datagram wrong;
	detect_refused(inquiry);
	if (!inquiry_wrong_datagram(inquiry, &wrong) || wrong.got == NULL || wrong.expected->kind != DATA_BYTES ||
	    wrong_prefix(&wrong) < wrong.expected->length || wrong.got->length <= wrong.expected->length ||
	    wrong.got->known <= wrong.expected->length)
		return;
	unsigned char next = wrong.got->bytes[wrong.expected->length];
	bool newline = wrong.got->length <= wrong.expected->length + 2 && (next == '\n' || next == '\r');
	if (!newline)
		finding_add(inquiry, wrong.actor, EVENTS(wrong_event(&wrong)), "%s were sent where the datagram has %llu.",
		            inquiry_bytes(inquiry, wrong.got->length), (unsigned long long)wrong.expected->length);
}

const struct finding_row finding_datagram_whole_buffer = {
	.id = "datagram-whole-buffer",
	.title = "The whole buffer is sent",
	.explanation =
		"recvfrom() says how many bytes it put into the buffer. Sending sizeof(buffer) bytes sends whatever lay behind them as well.",
	.source = "recvfrom(2), sendto(2)",
	.mend = "Send exactly as many bytes as recvfrom() returned, or as the text has (strlen).",
	.detect_datagrams = detect,
	.follows = follows,
};
