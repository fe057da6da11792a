#include "judge/findings.h"

#include "base/text.h"

static void detect(struct inquiry *inquiry)
{
	const struct event *spin = &inquiry->story->spin_event;
	bool ended = call_reads(spin->spin.call) && spin->spin.result == 0;
	if (inquiry->story->spin == STORY_NONE || spin->actor < 0 || (ended && spin->spin.descriptor != 0))
		return;
	if (ended) {
		finding_add(inquiry, spin->actor, EVENTS(inquiry->story->spin),
		            "the standard input had ended, and the program read it again %llu times.",
		            (unsigned long long)spin->spin.count);
		return;
	}
	if (spin->spin.call == CALL_OTHER) {
		finding_add(inquiry, spin->actor, EVENTS(inquiry->story->spin),
		            "the program burnt %lld ms of CPU time without a single call that led anywhere.",
		            (long long)(spin->spin.cpu_ns / 1000000));
		return;
	}
	TEXT_AUTO error = {0};
	if (spin->spin.result < 0)
		story_errno((int)-spin->spin.result, &error);
	else
		text_printf(&error, "%lld", (long long)spin->spin.result);
	finding_add(inquiry, spin->actor, EVENTS(inquiry->story->spin),
	            "%s() was called %llu times in a row and came back with %s each time.",
	            story_call_word(inquiry->story, spin->actor, spin->spin.call), (unsigned long long)spin->spin.count,
	            text_string(&error));
}

const struct finding_row finding_spins_when_idle = {
	.id = "spins-when-idle",
	.title = "CPU is burnt while there is nothing to do",
	.explanation = "A program that asks again and again whether something has come keeps a processor busy for "
				   "nothing. Blocking calls, or poll() and epoll_wait() with a time-out of -1, let the kernel "
				   "wake it when there is work. So it is with a loop that waits for a variable to change.",
	.source = "poll(2), epoll_wait(2), fcntl(2) (O_NONBLOCK)",
	.mend =
		"Wait in poll(), select() or epoll_wait() without a time-out of 0, or use a blocking socket. Threads wait for "
		"each other in pthread_join() or pthread_cond_wait().",
	.detect = detect,
	.detect_datagrams = detect,
};
