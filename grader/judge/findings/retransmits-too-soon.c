#include "judge/findings.h"

#include "timeline/timeline.h"

static const char *const follows[] = {"loss-not-repaired", "retransmits-for-ever", NULL};

/* No answer can be expected sooner: a way there and back, and somebody who answers. */
enum { SOONEST_NS = 20000000 };

static void detect(struct inquiry *inquiry)
{
	for (struct student_end at = {0}; inquiry->failed && inquiry_next(inquiry, &at);) {
		for (size_t i = 1; at.end == END_CLIENT && i < at.mine->datagram_count; i++) {
			const struct story_datagram *again = &at.mine->datagrams[i], *before = &at.mine->datagrams[i - 1];
			const struct story_datagram *came = taken_before(at.other, again->event);
			int64_t since =
				inquiry->timeline->events[again->event].time_ns - inquiry->timeline->events[before->event].time_ns;
			bool other = came != NULL && came->taken > before->event;
			/* The answer itself came: answer-not-known. */
			if (!datagrams_alike(again, before) || (other && datagrams_alike(came, before)))
				continue;
			if (other &&
			    inquiry->timeline->events[again->event].time_ns - inquiry->timeline->events[came->taken].time_ns <
			        SOONEST_NS)
				finding_add(inquiry, at.actor, EVENTS(came->taken, again->event),
				            "%s took a datagram that was no answer, and the same was sent again at once.",
				            inquiry_call(inquiry, came->taken));
			else if (!other && since < SOONEST_NS)
				finding_add(inquiry, at.actor, EVENTS(before->event, again->event),
				            "the same datagram was sent twice within %lld.%lld ms: nothing could have come back "
				            "in between.",
				            (long long)(since / 1000000), (long long)(since / 100000 % 10));
		}
	}
}

const struct finding_row finding_retransmits_too_soon = {
	.id = "retransmits-too-soon",
	.title = "It is sent again before an answer could come",
	.explanation =
		"What is sent again at once is sent twice, not repaired: both copies may be lost, or both be answered. A time-out that is set once and has passed does not wait a second time, and a datagram that is no answer is no time-out.",
	.source = "RFC 1122 §4.1.1; socket(7), SO_RCVTIMEO",
	.mend =
		"Set the time-out anew for each try. When something else comes, go on waiting for what is left of the time.",
	.detect_datagrams = detect,
	.follows = follows,
};
