#include "judge/findings.h"

#include "timeline/timeline.h"

#include <signal.h>

static bool after_loss(const struct inquiry *inquiry)
{
	for (uint32_t i = 0; i < inquiry->test->line_count; i++) {
		if (inquiry->test->by_number[i]->step->verb == VERB_DROP &&
		    matcher_verdict(inquiry->matcher, i)->verdict == STEP_MET)
			return true;
	}
	return false;
}

/* An alarm was handled while it waited there. */
static bool rang(const struct inquiry *inquiry, const struct story_blocked *blocked)
{
	for (size_t i = blocked->event; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->actor == blocked->actor && event->kind == EVENT_SIGNAL && event->process.status == SIGALRM)
			return true;
		bool waited = call_reads(event->call.call) || call_polls(event->call.call);
		if (event->actor == blocked->actor && event->kind == EVENT_RETURN && waited)
			return false;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	const struct story *story = inquiry->story;
	/* An alarm is set by a call. */
	if (!inquiry->failed || !after_loss(inquiry) || !story_sees_calls(story))
		return;
	for (size_t i = 0; i < story->blocked_count; i++) {
		const struct story_blocked *blocked = &story->blocked[i];
		bool waits = call_reads(blocked->call) || blocked->call == CALL_POLL || blocked->call == CALL_PPOLL ||
		             blocked->call == CALL_SELECT || blocked->call == CALL_PSELECT6 ||
		             blocked->call == CALL_EPOLL_WAIT || blocked->call == CALL_EPOLL_PWAIT;
		if (waits && blocked->until_ns < 0 && blocked->actor >= 0 && plan_student(inquiry->test, blocked->actor) &&
		    story_end_of(story, blocked->actor) == END_CLIENT)
			finding_add(inquiry, blocked->actor, EVENTS(blocked->event),
			            rang(inquiry, blocked)
			                ? "a datagram was lost, SIGALRM came, and %s() went on waiting: the kernel begins it again "
			                  "after a handler that was set by signal(), or with SA_RESTART."
			                : "a datagram was lost, and the program waits in %s() without a time-out.",
			            story_call_word(story, blocked->actor, blocked->call));
	}
}

const struct finding_row finding_no_time_out = {
	.id = "no-time-out",
	.title = "It waits for ever for what was lost",
	.explanation =
		"A datagram may be lost, and nothing tells so. A program that waits for an answer without a limit waits for ever.",
	.source = "socket(7), SO_RCVTIMEO; poll(2)",
	.mend = "Wait with poll() and a time-out, or set SO_RCVTIMEO; then send again or give up.",
	.detect_datagrams = detect,
};
